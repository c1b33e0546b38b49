"""What SAM's own command line does not say of a stack, as the root user whose access key is in the environment.

    sam.py processed STACK       the stack's template as CloudFormation has it, SAM's resources made plain: JSON
    sam.py invoke FUNCTION       calls a function, and waits until it is done
"""

import json
import sys

import boto3
from samcli.yamlhelper import yaml_parse


def main():
    verb, name = sys.argv[1:3]
    if verb == "invoke":
        answer = boto3.client("lambda").invoke(FunctionName=name, Payload=b"{}")
        print(answer["Payload"].read().decode())
        sys.exit(1 if answer.get("FunctionError") else 0)
    cloudformation = boto3.client("cloudformation")
    if verb == "processed":
        template = cloudformation.get_template(StackName=name, TemplateStage="Processed")["TemplateBody"]
        # One that needed no processing comes as it was written.
        print(json.dumps(yaml_parse(template) if isinstance(template, str) else template))


main()
