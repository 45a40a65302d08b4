"""The admin's pages about sign-ins, and the page where somebody sets a password with a link."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import RedirectResponse

from api.auth import ContextDep
from api.fields import PathIdentifier
from api.web.admin import AdminDep
from api.web.admin_words import role_words
from api.web.forms import FormDep
from api.web.language import language_of, translator
from api.web.rendering import AnyoneDep, PageRoute, page
from mobility.actions.context import Context
from mobility.actions.manage_accounts import (
    LINK_LASTS,
    NO_PASSWORD,
    add_account,
    change_role,
    find_link_account,
    list_accounts,
    lock_account,
    make_password_link,
    set_password,
)
from mobility.actions.manage_people import names_of_riders
from mobility.actions.sign_in import RIDERS_OWN
from mobility.domain.accounts import Account, Actor, Role
from mobility.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError, Problem
from mobility.files.people_schema import MIN_PASSWORD_LENGTH

router = APIRouter(include_in_schema=False, route_class=PageRoute)

LinkToken = Annotated[str, Path(max_length=1000, pattern=r"^[A-Za-z0-9._\-]+$")]
_ACCOUNTS = "/admin/accounts"


@router.get(_ACCOUNTS)
def accounts_page(
    request: Request, context: ContextDep, actor: AdminDep, residents: Annotated[Literal["yes"] | None, Query()] = None
) -> Response:
    """Who may sign in, and as what; those whom residents have made themselves by a code apart, for they are many."""
    return _accounts(request, context, actor, residents=residents is not None)


@router.post(_ACCOUNTS)
def add_form(request: Request, context: ContextDep, actor: AdminDep, form: FormDep) -> Response:
    """Add a sign-in and show the link with which its owner sets a password."""
    values = {name: form.text(name) for name in ("name", "role", "of")}
    try:
        account = add_account(context, actor, values["name"], _role(values["role"]), values["of"])
    except InvalidInputError as error:
        return _accounts(request, context, actor, values=values, wrong=_wrong(request, error))
    return _with_link(request, context, actor, account)


@router.post("/admin/accounts/{account_id}/link")
def link_form(request: Request, context: ContextDep, actor: AdminDep, account_id: PathIdentifier) -> Response:
    """A new link for somebody who has forgotten the password. Shown in this answer alone: it is as good as the password."""
    account = next((one for one in list_accounts(context, actor) if one.id == account_id), None)
    if account is None:
        raise NotFoundError("account: not found")
    return _with_link(request, context, actor, account)


@router.post("/admin/accounts/{account_id}/role")
def role_form(request: Request, context: ContextDep, actor: AdminDep, account_id: PathIdentifier, form: FormDep) -> Response:
    """Another role."""
    try:
        change_role(context, actor, account_id, _role(form.text("role")), form.text("of"))
    except InvalidInputError as error:
        return _accounts(request, context, actor, wrong={"changing": " ".join(_wrong(request, error).values())})
    except (ConflictError, NotAllowedError) as error:
        return _accounts(request, context, actor, wrong={"changing": _refused(request, error)})
    return RedirectResponse(_ACCOUNTS, 303)


@router.post("/admin/accounts/{account_id}/lock")
def lock_form(request: Request, context: ContextDep, actor: AdminDep, account_id: PathIdentifier, form: FormDep) -> Response:
    """Lock or unlock."""
    try:
        lock_account(context, actor, account_id, locked=form.text("locked") == "1")
    except (ConflictError, NotAllowedError) as error:
        return _accounts(request, context, actor, wrong={"changing": _refused(request, error)})
    return RedirectResponse(_ACCOUNTS, 303)


def _role(text: str) -> Role:
    try:
        return Role(text)
    except ValueError:
        raise InvalidInputError(Problem("role", "is no role", "choose one of the list")) from None


def _wrong(request: Request, error: InvalidInputError) -> dict[str, str]:
    _ = translator(language_of(request))
    words = {
        "name": _("Diesen Namen gibt es schon, oder er fehlt. Bitte wählen Sie einen anderen."),
        "role": _("Bitte wählen Sie eine Rolle aus der Liste."),
        "of": _("Zu dieser Rolle gehört die Kennung eines Fahrgasts, einer Fahrerin, eines Fahrers oder eines Trägers von hier."),
    }
    return {problem.where: words[problem.where] for problem in error.problems}


def _refused(request: Request, error: Exception) -> str:
    _ = translator(language_of(request))
    if isinstance(error, ConflictError):
        return _("Das geht nicht: Es bliebe niemand für die Verwaltung übrig.")
    return _("Die eigene Anmeldung kann niemand selbst ändern oder sperren. Das macht jemand anderes aus der Verwaltung.")


def _with_link(request: Request, context: Context, actor: Actor, account: Account) -> Response:
    token = make_password_link(context, actor, account.id)
    link = f"{context.public_url}/password/{token}"
    return _accounts(request, context, actor, link=(account.name, link))


def _accounts(  # noqa: PLR0913  (what is shown, and why again)
    request: Request,
    context: Context,
    actor: Actor,
    *,
    values: dict[str, str] | None = None,
    wrong: dict[str, str] | None = None,
    link: tuple[str, str] | None = None,
    residents: bool = False,
) -> Response:
    own: list[Account] = []
    made: list[Account] = []
    for account in list_accounts(context, actor):
        (own if account.name.startswith(RIDERS_OWN) else made).append(account)
    return page(
        request,
        "admin/accounts.html",
        422 if wrong else 200,
        accounts=own if residents else made,
        residents=residents,
        own_count=len(own),
        riders=names_of_riders(context, actor) if residents else {},
        roles=role_words(language_of(request)),
        values=values or {"name": "", "role": Role.DISPATCHER.value, "of": ""},
        wrong=wrong or {},
        link=link,
        days=LINK_LASTS.days,
        none_yet=NO_PASSWORD,
    )


@router.get("/password/{token}")
def password_page(request: Request, context: ContextDep, nobody: AnyoneDep, token: LinkToken) -> Response:
    """The form behind a link."""
    del nobody  # whoever has the link
    account = find_link_account(context, token)
    return page(request, "admin/password.html", name=account.name, token=token, least=MIN_PASSWORD_LENGTH, wrong={})


@router.post("/password/{token}")
def password_form(request: Request, context: ContextDep, nobody: AnyoneDep, token: LinkToken, form: FormDep) -> Response:
    """Set it, and on to the sign-in."""
    del nobody  # whoever has the link
    account = find_link_account(context, token)
    password, again = form.text("password", 300), form.text("again", 300)
    _ = translator(language_of(request))
    wrong = {}
    if password != again:
        wrong["again"] = _("Die beiden Passwörter sind nicht gleich.")
    else:
        try:
            set_password(context, token, password)
            return RedirectResponse("/sign-in", 303)
        except InvalidInputError:
            wrong["password"] = _("Das Passwort ist zu kurz oder zu lang.")
    return page(request, "admin/password.html", 422, name=account.name, token=token, least=MIN_PASSWORD_LENGTH, wrong=wrong)
