"""Starts the AWS emulator for the end-to-end test, with what it needs to stand in for an organization.

    emulator.py --calls FILE

Listens on a free port of 127.0.0.1 and prints one JSON object, {"endpoint": URL}, before it does. Ends when its
standard input does. Everything else is the emulator's own; added are:

- PutEvents takes sources that begin with `aws.`: on AWS, these are CloudTrail's own events.
- A rule may forward events to a bus of another account, as on AWS; they keep the account they come from.
- Conditions of templates know the region, and those of policies a session's role.
- Numbers that are parameters of the template are numbers; who may send a message may send a batch of them.
- Every call is noted in FILE, one JSON object a line: {"service", "action", "caller"}, `caller` being the ARN of
  the session, or the access key. So calls are counted by the one who is called.
"""

import argparse
import functools
import json
import os
import socket
import sys
import threading
from urllib.parse import parse_qs


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
    create = handler["create"]

    def created(logical_id, props, *rest):
        scaling = props.get("ScalingConfig") or {}
        if "MaximumConcurrency" in scaling:
            scaling["MaximumConcurrency"] = int(scaling["MaximumConcurrency"])
        return create(logical_id, props, *rest)

    handler["create"] = created


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
        value = resolve(key, context)
        if key.lower() != "aws:principalarn" or ":assumed-role/" not in (value or ""):
            return value
        # The hub's roles have no path.
        account, role = value.split(":")[4], value.split("/")[1]
        return f"arn:aws:iam::{account}:role/{role}"

    iam_evaluator._resolve_condition_key = resolved


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


def action_of(headers, body):
    """Service, operation and access key of a call, or None: of the protocols that the hub's services speak."""
    scope = headers.get("authorization", "").split("Credential=")[-1].split("/")
    service = scope[3] if len(scope) > 4 else ""
    target = headers.get("x-amz-target", "")
    if target:
        return service, target.rsplit(".", 1)[-1], scope[0]
    if headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        action = parse_qs(body.decode("utf-8", "replace")).get("Action", [""])[0]
        return service, action, scope[0]
    return None


def noting_calls(app, file, sessions):
    lock = threading.Lock()

    async def noting(scope, receive, send):
        if scope["type"] != "http" or scope["method"] != "POST":
            return await app(scope, receive, send)
        parts, more = [], True
        while more:
            message = await receive()
            parts.append(message.get("body", b""))
            more = message.get("more_body", False)
        body = b"".join(parts)
        headers = {name.decode().lower(): value.decode() for name, value in scope["headers"]}
        called = action_of(headers, body)
        if called:
            service, action, key = called
            caller = sessions.get(key, {}).get("Arn", key)
            line = json.dumps({"service": service, "action": action, "caller": caller})
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
    from ministack.core import iam_actions, iam_evaluator, responses
    from ministack.services import eventbridge, sts
    from ministack.services.cloudformation import changesets, engine, handlers, provisioners, stacks

    take_cloudtrail_events(eventbridge)
    forward_across_accounts(eventbridge, responses)
    read_numbers(provisioners)
    know_the_region((engine, changesets, handlers, stacks), responses)
    allow_batches(ministack, iam_actions)
    name_roles(iam_evaluator)
    calls = open(options.calls, "w", encoding="utf-8")
    ministack.app = noting_calls(ministack.app, calls, sts._sessions)
    threading.Thread(target=end_with_parent, daemon=True).start()
    sys.argv = sys.argv[:1]
    print(json.dumps({"endpoint": endpoint}), flush=True)
    ministack.main()


main()
