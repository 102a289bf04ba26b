"""Commands that run processes: the whole stack, or one door of it."""

import os
from typing import Annotated

import typer

from config.logs import configure_logs
from config.settings import load_settings

PORT = typer.Option(min=0, max=65535)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(up)
    app.command()(receiver)
    app.command()(console)
    app.command()(sandbox)
    app.command()(migrate)


def up() -> None:
    """Run everything until Ctrl-C, with servers and sandbox unless the settings name real ones."""
    from sync.cli import stack
    from sync.store.db import migrate as migrate_database
    from sync.supervise import Supervisor, run_procfile

    ports = stack.Ports(receiver=int(os.environ.get("ORDERBRIDGE_RECEIVER_PORT") or stack.Ports().receiver))
    with (
        stack.servers(stack.FOLDER / "servers", keep=True) as servers,
        Supervisor(stack.FOLDER / "up") as supervisor,
    ):
        settings = stack.environment(servers, ports, os.environ)
        migrate_database(servers.database_url)
        if stack.uses_sandbox():
            supervisor.start(stack.sandbox_program(ports, settings, auto=True))
        typer.echo(f"receiver   {ports.receiver_url}   (docs: /openapi.json, figures: /metrics)")
        typer.echo("flower     http://127.0.0.1:5555\nconsole    http://127.0.0.1:8110")
        if stack.uses_sandbox():
            typer.echo(
                f"storefront {ports.sfcc_url}\nwarehouse  {ports.orderflow_url}\ncrm        {ports.crm_url}"
            )
            typer.echo(f"place orders: curl -X POST {ports.sfcc_url}/_sandbox/orders -d '{{\"count\": 10}}'")
        remembered = stack.remember(settings, os.environ)
        typer.echo(f"in another terminal: . {remembered}   then: orderbridge status")
        raise typer.Exit(run_procfile(stack.PROCFILE, settings, stack.FOLDER / "up"))


def receiver() -> None:
    """Run the receiver alone."""
    from sync.cli.doors import doors
    from sync.receiver.serve import run

    settings = load_settings()
    configure_logs(settings.log_format)
    run(doors(settings), settings.receiver.host, settings.receiver.port)


def console(port: Annotated[int, PORT] = 8110) -> None:
    """Run the web console alone."""
    from sync.cli import reading
    from sync.console import run

    settings = load_settings()
    configure_logs(settings.log_format)
    run(reading.console(settings), port)


def sandbox(
    sfcc_port: Annotated[int, PORT] = 8101,
    orderflow_port: Annotated[int, PORT] = 8102,
    crm_port: Annotated[int, PORT] = 8103,
    bridge_url: Annotated[
        str | None, typer.Option(help="Base URL of the receiver; without it nothing is pushed.")
    ] = None,
    hook_secret: Annotated[str | None, typer.Option(help="Standard Webhooks secret, whsec_...")] = None,
    push_user: str = "sandbox",
    push_password: str = "sandbox",  # noqa: S107  documented, protects nothing
    auto: Annotated[bool, typer.Option(help="Let the warehouse pick, pack and despatch by itself.")] = False,
    auto_speed: float = 1.0,
    seed: int = 1,
) -> None:
    """Serve stand-ins of SFCC, Orderflow and CRM on loopback until Ctrl-C."""
    from sync.sandbox.options import SandboxOptions
    from sync.sandbox.serve import PortTakenError, run

    options = SandboxOptions(
        sfcc_port=sfcc_port,
        orderflow_port=orderflow_port,
        crm_port=crm_port,
        bridge_url=bridge_url,
        hook_secret=hook_secret,
        push_user=push_user,
        push_password=push_password,
        auto=auto,
        auto_speed=auto_speed,
        seed=seed,
    )
    try:
        run(
            options,
            lambda at: typer.echo(f"SFCC {at.sfcc_url}\nOrderflow {at.orderflow_url}\nCRM {at.crm_url}"),
        )
    except PortTakenError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error


def migrate() -> None:
    """Bring the database to the newest schema."""
    from sync.store.db import migrate as migrate_database

    migrate_database(load_settings().database_url)
    typer.echo("the database is at the newest schema")
