# SPDX-License-Identifier: Apache-2.0
"""
Turns results of the execution module into the returns of states.
"""

from salt.exceptions import CommandExecutionError


def keep(function, salt, opts, given):
    """``present`` or ``absent`` of an access key. With ``test=True`` the library plans and changes nothing."""
    given = dict(given)
    ret = {"name": given["name"], "result": True, "changes": {}, "comment": ""}
    if given.pop("derive_name", False):
        given["name"] = None
    more = given.pop("kwargs", {})
    try:
        if opts["test"]:
            result = salt["infra.plan"](state=function, **{**given, **more})
        else:
            result = salt[f"infra.{function}"](**{**given, **more})
    except CommandExecutionError as error:
        result = getattr(error, "result", {})
        ret.update(result=False, comment=error.error)
    else:
        ret["comment"] = result["explanation"]
        if opts["test"] and result["changed"]:
            ret["result"] = None
    ret["changes"] = changes(result)
    if result.get("warnings"):
        ret["warnings"] = result["warnings"]
    return ret


def changes(result):
    """The part of a result that is the same in a dry run and in the run that follows."""
    if not result.get("changed"):
        return {}
    diff = result.get("diff") or {}
    made = {"summary": result.get("summary"), "reason": result.get("reason"), "actions": result.get("actions"),
            "old": diff.get("before"), "new": diff.get("after")}
    # A run that failed after a change may know no more than that.
    return {name: value for name, value in made.items() if value} or {"outcome": result.get("outcome", "unknown")}


def rotate(salt, opts, given):
    """``mod_watch``: what is watched has changed, so the key is replaced."""
    given = dict(given)
    arguments = {name: value for name, value in given.pop("kwargs").items() if not name.startswith("__")}
    function = given.pop("sfun") or "present"
    if function == "present":
        arguments["rotate_if_created_before"] = "now"
    return keep(function, salt, opts, {**given, **arguments})


def wait(salt, opts, given):
    """Waits until a destination is connected. With ``test=True`` it looks once."""
    given = dict(given)
    ret = {"name": given["name"], "result": True, "changes": {}, "comment": ""}
    more = given.pop("kwargs", {})
    if opts["test"]:
        given.pop("wait_timeout")
        more = {**more, "fail_if_disconnected": True}
    else:
        more = {**more, "wait_for": "connected"}
    try:
        result = salt["infra.destinations"](**{**given, **more})
    except CommandExecutionError as error:
        result = getattr(error, "result", {})
        waits = opts["test"] and (result.get("error") or {}).get("detail") == "disconnected"
        ret.update(result=None if waits else False, comment=error.error)
    else:
        ret["comment"] = result["explanation"]
    if result.get("warnings"):
        ret["warnings"] = result["warnings"]
    return ret
