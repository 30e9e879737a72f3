"""/os-instance_usage_audit_log: which hosts told of their servers' use in a period."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from nova.core.call import Call, Route
from nova.core.policy import ADMIN, Policy
from nova.core.shape import NO_QUERY
from nova.errors import Invalid
from nova.objects.beside import TaskRun
from nova.resources.services.lookup import all_services
from nova.resources.services.zones import COMPUTE
from nova.seams import ApiSeams

TASK = "instance_usage_audit"
OLD_RULE = ("os_compute_api:os-instance-usage-audit-log", "rule:admin_api")
LIST = Policy(
    "os-instance-usage-audit-log:list", ADMIN, "Show the usage audits of the last period",
    deprecated=OLD_RULE,
)
SHOW = Policy(
    "os-instance-usage-audit-log:show", ADMIN, "Show the usage audits of an earlier period",
    deprecated=OLD_RULE,
)
RUNNING, DONE = "RUNNING", "DONE"


class TimestampInvalid(Invalid):
    template = "Invalid timestamp for date {timestamp}"


@dataclass(frozen=True)
class Period:
    begin: datetime
    end: datetime


def last_period(unit: str, before: datetime) -> Period:
    """The last whole hour, day, month or year before a time.

    'unit@offset' shifts the beginning: months begin at day `offset`, years in month
    `offset`, days at hour `offset`, hours at minute `offset`.
    """
    name, _, text = unit.partition("@")
    offset = int(text) if text else 0
    hour = before.replace(minute=0, second=0, microsecond=0)
    midnight = hour.replace(hour=0)
    if name == "hour":
        return _stepped(hour + timedelta(minutes=offset), before, timedelta(hours=1))
    if name == "day":
        return _stepped(midnight + timedelta(hours=offset), before, timedelta(days=1))
    if name == "year":
        months, start = 12, midnight.replace(month=offset or 1, day=1)
    else:
        months, start = 1, midnight.replace(day=offset or 1)
    end = start if start <= before else _months_back(start, months)
    return Period(_months_back(end, months), end)


def _stepped(end: datetime, before: datetime, length: timedelta) -> Period:
    if end > before:
        end -= length
    return Period(end - length, end)


def _months_back(moment: datetime, count: int) -> datetime:
    years, month = divmod(moment.year * 12 + moment.month - 1 - count, 12)
    return moment.replace(year=years, month=month + 1)


def _current(call: Call[ApiSeams]) -> Any:
    return {"instance_usage_audit_logs": _log(call, call.seams.clock.now())}


def _before(call: Call[ApiSeams]) -> Any:
    text = call.params["id"]
    form = "%Y-%m-%d %H:%M:%S.%f" if "." in text else "%Y-%m-%d %H:%M:%S"
    try:
        moment = datetime.strptime(text, form).replace(tzinfo=UTC)
        return {"instance_usage_audit_log": _log(call, moment)}
    except (ValueError, OverflowError):
        raise TimestampInvalid(timestamp=text) from None


def _log(call: Call[ApiSeams], before: datetime) -> dict[str, Any]:
    period = last_period(call.seams.conf.instance_usage_audit_period, before)
    answers = call.seams.stores.each(
        lambda cell: cell.past.task_runs(TASK, period.begin, period.end)
    ).values()
    runs = [run for answer in answers if isinstance(answer, list) for run in answer]
    hosts = {service.host for service in all_services(call, binary=COMPUTE).services}
    return {
        "period_beginning": _plain(period.begin),
        "period_ending": _plain(period.end),
        **_counted(runs, hosts),
        "log": {
            run.host: {
                "state": run.state, "instances": run.items, "errors": run.errors,
                "message": run.message,
            }
            for run in runs
        },
    }


def _counted(runs: list[TaskRun], hosts: set[str]) -> dict[str, Any]:
    silent = sorted(hosts - {run.host for run in runs})
    done = sum(run.state == DONE for run in runs)
    errors = sum(run.errors for run in runs)
    which = "ALL" if done == len(hosts) else f"{done} of {len(hosts)}"
    return {
        "num_hosts": len(hosts),
        "num_hosts_done": done,
        "num_hosts_running": sum(run.state == RUNNING for run in runs),
        "num_hosts_not_run": len(silent),
        "hosts_not_run": silent,
        "total_instances": sum(run.items for run in runs),
        "total_errors": errors,
        "overall_status": f"{which} hosts done. {errors} errors.",
    }


def _plain(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S")


_PATH = "/os-instance_usage_audit_log"
routes = (
    Route("GET", _PATH, _current, LIST, query=NO_QUERY),
    Route("GET", f"{_PATH}/{{id}}", _before, SHOW, query=NO_QUERY),
)
