"""Starts the AWS emulator for the end-to-end test, with what it needs to stand in for an organization.

    emulator.py --calls FILE

Listens on a free port of 127.0.0.1 and prints one JSON object, {"endpoint": URL}, before it does. Ends when its
standard input does. Everything else is the emulator's own; added are:

- PutEvents takes sources that begin with `aws.`: on AWS, these are CloudTrail's own events.
- A rule may forward events to a bus of another account, as on AWS; they keep the account they come from.
- Conditions of templates know the region, and those of policies a session's role; calls count as encrypted.
- Numbers that are parameters of the template are numbers; who may send a message may send a batch of them;
  rules have the ARNs that they have on AWS.
- Archives are made by templates, too; alarms of several metrics are, without ever being raised.
- A function that a stack's update replaces while it is at work ends its work first.
- Every call is noted in FILE, one JSON object a line: {"service", "action", "caller", "needs"}. `caller` is the ARN of
  the session, or the access key; `needs` lists what the caller's policies must allow, each an action and the resource's
  ARN. So calls are counted, and held against roles, by the one who is called.
"""

import argparse
import functools
import json
import os
import socket
import sys
import threading
import time
from urllib.parse import parse_qs, unquote


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def end_with_parent():
    """Nobody is left to stop the emulator once whoever started it is gone."""
    while os.read(0, 1024):
        pass
    os._exit(0)


def take_cloudtrail_events(eventbridge):
    eventbridge._put_events = functools.partial(eventbridge._put_events, allow_aws_source=True)


def forward_across_accounts(eventbridge, responses):
    within = eventbridge._dispatch_to_event_bus

    def dispatch(spec, event, *rest):
        # A rule does not see a forwarded event a second time, and the event keeps its account.
        with responses.request_scope(spec.account_id, spec.region):
            within(spec, event, *rest)

    eventbridge._dispatch_to_event_bus = dispatch


def read_numbers(provisioners):
    """CloudFormation reads a parameter's text as a number where a number is meant; the emulator keeps the text."""
    handler = provisioners._RESOURCE_HANDLERS["AWS::Lambda::EventSourceMapping"]

    def reading(step):
        @functools.wraps(step)
        def read(*arguments):
            for props in arguments:
                scaling = (props.get("ScalingConfig") or {}) if isinstance(props, dict) else {}
                if "MaximumConcurrency" in scaling:
                    scaling["MaximumConcurrency"] = int(scaling["MaximumConcurrency"])
            return step(*arguments)

        return read

    for step in ("create", "update"):
        if step in handler:
            handler[step] = reading(handler[step])


def know_the_region(modules, responses):
    """On AWS, a condition of a template may ask for the region that it is deployed in."""
    evaluate = modules[0]._evaluate_conditions

    def evaluated(template, params):
        return evaluate(template, {"AWS::Region": {"Value": responses.get_region()}, **params})

    for module in modules:
        module._evaluate_conditions = evaluated


def name_roles(iam_evaluator):
    """The key aws:PrincipalArn of a session is its role's ARN (IAM User Guide, global condition keys)."""
    resolve = iam_evaluator._resolve_condition_key

    def resolved(key, context):
        # On AWS, nobody here would call without TLS.
        if key.lower() == "aws:securetransport":
            return "true"
        value = resolve(key, context)
        if key.lower() != "aws:principalarn" or ":assumed-role/" not in (value or ""):
            return value
        # The hub's roles have no path.
        account, role = value.split(":")[4], value.split("/")[1]
        return f"arn:aws:iam::{account}:role/{role}"

    iam_evaluator._resolve_condition_key = resolved


def make_archives(provisioners, eventbridge):
    def fields(logical_id, props, stack_name):
        name = props.get("ArchiveName") or f"{stack_name}-{logical_id}"
        pattern = props.get("EventPattern")
        return {
            "ArchiveName": name,
            "EventSourceArn": props["SourceArn"],
            "EventPattern": json.dumps(pattern) if pattern else "",
            "RetentionDays": int(props.get("RetentionDays", 0)),
        }

    def create(logical_id, props, stack_name, *_):
        made = fields(logical_id, props, stack_name)
        status, _, body = eventbridge._create_archive(made)
        if status != 200:
            raise ValueError(body)
        return made["ArchiveName"], {"ArchiveName": made["ArchiveName"], "Arn": json.loads(body)["ArchiveArn"]}

    def delete(physical_id, *_):
        eventbridge._delete_archive({"ArchiveName": physical_id})

    provisioners._RESOURCE_HANDLERS["AWS::Events::Archive"] = {"create": create, "delete": delete}


def take_alarms_of_several_metrics(provisioners):
    record = provisioners._cw_metric_alarm_record

    def recorded(name, props):
        if props.get("Metrics"):
            props = {**props, "Metrics": None, "Namespace": "None", "MetricName": "None", "Period": 3600}
        return record(name, props)

    provisioners._cw_metric_alarm_record = recorded


def allow_batches(app, iam_actions):
    """A batch is no action of its own: whoever may send one message may send ten (Service Authorization Reference)."""
    extract = iam_actions.extract_iam_action

    @functools.wraps(extract)
    def extracted(*rest, **named):
        action = extract(*rest, **named)
        batch = isinstance(action, str) and action.startswith(("sqs:", "sns:")) and action.endswith("Batch")
        return action.removesuffix("Batch") if batch else action

    iam_actions.extract_iam_action = extracted
    if hasattr(app, "extract_iam_action"):
        app.extract_iam_action = extracted


def name_rules(iam_actions):
    """The ARN of a rule on the default bus does not name the bus (Service Authorization Reference, Amazon EventBridge)."""
    extract = iam_actions.extract_resource_arn

    @functools.wraps(extract)
    def extracted(service, method, path, headers, body, query, region, account):
        if service == "events" and body:
            fields = json.loads(body)
            name = fields.get("Rule") or fields.get("Name")
            if name and "Entries" not in fields:
                bus = (fields.get("EventBusName") or "default").rsplit("/", 1)[-1]
                rule = name if bus == "default" else f"{bus}/{name}"
                return f"arn:aws:events:{region}:{account}:rule/{rule}"
        return extract(service, method, path, headers, body, query, region, account)

    iam_actions.extract_resource_arn = extracted


def let_work_end(lambda_runtime, provisioners):
    """On AWS, an update of a function waits for no invocation and ends none: those at work run on in their environment."""
    kill, here = lambda_runtime.kill_workers, threading.local()
    handler = provisioners._RESOURCE_HANDLERS["AWS::Lambda::Function"]
    update = handler["update"]

    def end(worker):
        deadline = time.monotonic() + 60
        while worker.in_use and time.monotonic() < deadline:
            time.sleep(0.05)
        kill([worker])

    def kill_gently(workers):
        busy = [worker for worker in workers if worker.in_use] if getattr(here, "is_update", False) else []
        for worker in busy:
            threading.Thread(target=end, args=(worker,), daemon=True).start()
        kill([worker for worker in workers if worker not in busy])

    @functools.wraps(update)
    def updated(*rest, **named):
        here.is_update = True
        try:
            return update(*rest, **named)
        finally:
            here.is_update = False

    lambda_runtime.kill_workers = kill_gently
    handler["update"] = updated


def action_of(method, path, query, headers, body):
    """Service, operation, access key and parameters of a call, or None: of the protocols that the hub's services speak."""
    scope = headers.get("authorization", "").split("Credential=")[-1].split("/")
    service = scope[3] if len(scope) > 4 else ""
    target = headers.get("x-amz-target", "")
    if target:
        return service, target.rsplit(".", 1)[-1], scope[0], json.loads(body or b"{}")
    if headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        fields = {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}
        return service, fields.get("Action", ""), scope[0], fields
    if service == "s3":
        bucket, _, key = unquote(path).lstrip("/").partition("/")
        get = "GetObjectVersion" if b"versionId=" in query else "GetObject"
        action = {"GET": get, "HEAD": get, "PUT": "PutObject"}.get(method, method) if key else "ListBucket"
        return service, action, scope[0], {"Bucket": bucket, "Key": key}
    return None


# What an operation of DynamoDB's transactions needs (Amazon DynamoDB Developer Guide, "IAM with transactions").
TRANSACTION = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem"}


def needs_of(service, action, account, fields):
    """What a caller's policies must allow, as [action, resource's ARN]; of IAM's principals and policies the ARN is told
    as far as the call tells it, with `*` for its path."""
    here = f"arn:aws:{service}:us-east-1:{account}"
    if service == "dynamodb":
        def table(name, index=None):
            return f"{here}:table/{name}" + (f"/index/{index}" if index else "")

        if action == "TransactWriteItems":
            steps = [step for item in fields["TransactItems"] for step in item.items()]
            return sorted({(f"dynamodb:{TRANSACTION[kind]}", table(step["TableName"])) for kind, step in steps})
        names = list(fields.get("RequestItems", {})) or [fields.get("TableName", "")]
        return [(f"dynamodb:{action}", table(name, fields.get("IndexName"))) for name in names]
    if service in ("sqs", "sns"):
        one = action.removesuffix("Batch")
        name = (fields.get("QueueUrl") or "").rsplit("/", 1)[-1]
        return [(f"{service}:{one}", fields.get("TopicArn") or f"{here}:{name}")]
    if service == "sts":
        return [(f"sts:{action}", fields.get("RoleArn", "*"))]
    if service == "s3":
        bucket, key = fields["Bucket"], fields["Key"]
        return [(f"s3:{action}", f"arn:aws:s3:::{bucket}" + (f"/{key}" if key else ""))]
    if service == "events":
        name = fields.get("Rule") or fields.get("Name") or "*"
        bus = (fields.get("EventBusName") or "default").rsplit("/", 1)[-1]
        return [(f"events:{action}", f"{here}:rule/{name}" if bus == "default" else f"{here}:rule/{bus}/{name}")]
    if service == "cloudtrail":
        return [(f"cloudtrail:{action}", fields.get("TrailName") or fields.get("Name") or "*")]
    if service == "iam":
        if "PolicyArn" in fields:
            return [(f"iam:{action}", fields["PolicyArn"])]
        for kind in ("User", "Role", "Group"):
            if f"{kind}Name" in fields:
                name = fields[f"{kind}Name"]
                return [(f"iam:{action}", f"arn:aws:iam::{account}:{kind.lower()}/{name}")]
    return [(f"{service}:{action}", "*")]


def noting_calls(app, file, sessions):
    lock = threading.Lock()

    async def noting(scope, receive, send):
        if scope["type"] != "http":
            return await app(scope, receive, send)
        parts, more = [], True
        while more:
            message = await receive()
            parts.append(message.get("body", b""))
            more = message.get("more_body", False)
        body = b"".join(parts)
        headers = {name.decode().lower(): value.decode() for name, value in scope["headers"]}
        called = action_of(scope["method"], scope["path"], scope.get("query_string", b""), headers, body)
        if called:
            service, action, key, fields = called
            caller = sessions.get(key, {}).get("Arn", key)
            account = caller.split(":")[4] if ":" in caller else key
            needs = needs_of(service, action, account, fields)
            line = json.dumps({"service": service, "action": action, "caller": caller, "needs": needs})
            with lock:
                file.write(line + "\n")
                file.flush()
        first = True

        async def again():
            nonlocal first
            if first:
                first = False
                return {"type": "http.request", "body": body, "more_body": False}
            return await receive()

        return await app(scope, again, send)

    return noting


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--calls", required=True)
    options = parser.parse_args()
    port = free_port()
    endpoint = f"http://127.0.0.1:{port}"
    os.environ.update({
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "AUTH": "true",
        # Its functions inherit it.
        "AWS_ENDPOINT_URL": endpoint,
    })

    from ministack import app as ministack
    from ministack.core import iam_actions, iam_evaluator, lambda_runtime, responses
    from ministack.services import eventbridge, sts
    from ministack.services.cloudformation import changesets, engine, handlers, provisioners, stacks

    take_cloudtrail_events(eventbridge)
    forward_across_accounts(eventbridge, responses)
    read_numbers(provisioners)
    make_archives(provisioners, eventbridge)
    take_alarms_of_several_metrics(provisioners)
    know_the_region((engine, changesets, handlers, stacks), responses)
    allow_batches(ministack, iam_actions)
    name_rules(iam_actions)
    let_work_end(lambda_runtime, provisioners)
    name_roles(iam_evaluator)
    calls = open(options.calls, "w", encoding="utf-8")
    ministack.app = noting_calls(ministack.app, calls, sts._sessions)
    threading.Thread(target=end_with_parent, daemon=True).start()
    sys.argv = sys.argv[:1]
    print(json.dumps({"endpoint": endpoint}), flush=True)
    ministack.main()


main()
