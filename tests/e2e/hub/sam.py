"""What SAM's own command line does not say of a stack, as the root user whose access key is in the environment.

    sam.py processed STACK       the stack's template as CloudFormation has it, SAM's resources made plain: JSON
    sam.py invoke FUNCTION JSON  calls a function, and waits until it is done
    sam.py delete STACK          deletes a stack, and waits until it is gone
    sam.py set FUNCTION NAME=VALUE ...   gives a function environment variables besides those it has; the emulator ends
                                 the processes that it has, whatever they are at
"""

import json
import sys

import boto3
from samcli.yamlhelper import yaml_parse


def main():
    verb, name = sys.argv[1:3]
    if verb == "invoke":
        answer = boto3.client("lambda").invoke(FunctionName=name, Payload=sys.argv[3].encode())
        print(answer["Payload"].read().decode())
        sys.exit(1 if answer.get("FunctionError") else 0)
    if verb == "set":
        functions = boto3.client("lambda")
        variables = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
        variables.update(pair.split("=", 1) for pair in sys.argv[3:])
        functions.update_function_configuration(FunctionName=name, Environment={"Variables": variables})
        return
    cloudformation = boto3.client("cloudformation")
    if verb == "delete":
        cloudformation.delete_stack(StackName=name)
        cloudformation.get_waiter("stack_delete_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
    if verb == "processed":
        template = cloudformation.get_template(StackName=name, TemplateStage="Processed")["TemplateBody"]
        # One that needed no processing comes as it was written.
        print(json.dumps(yaml_parse(template) if isinstance(template, str) else template))


main()
