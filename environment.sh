#!/bin/sh
# Makes .venv/, the private environment of this checkout, and fills it from a lock file.
#
#   sh environment.sh requirements.lock        what the service needs
#   sh environment.sh requirements-dev.lock    that, and the tools and tests
#
# A lock that is installed already costs nothing: no network is used, nothing is written. PYTHON names the interpreter to use.
set -eu
cd "$(dirname "$0")"
lock=$1

say() { printf '%s\n' "$*" >&2; }

fail() {
    say "$*"
    exit 1
}

# version_is INTERPRETER CONDITION: true when it runs and its version (v) meets the condition
version_is() {
    "$1" -c "import sys; v = sys.version_info[:2]; sys.exit(not ($2))" >/dev/null 2>&1
}

find_python() {
    if [ -n "${PYTHON:-}" ]; then
        version_is "$PYTHON" 'v >= (3, 11)' || fail "PYTHON=$PYTHON is not a Python 3.11 or newer that runs here."
        printf '%s' "$PYTHON"
        return
    fi
    for candidate in python3 python3.13 python3.12 python3.11; do
        if version_is "$candidate" '(3, 11) <= v <= (3, 13)'; then
            printf '%s' "$candidate"
            return
        fi
    done
    if version_is python3 'v > (3, 13)'; then
        say "Note: this Python is newer than those tested (3.11, 3.12, 3.13). If the install fails, name one of them: PYTHON=python3.13"
        printf python3
        return
    fi
    fail "Python 3.11 or newer is needed and none was found. Install one, or name it: make demo PYTHON=/path/to/python3.12"
}

make_environment() {
    python=$(find_python)
    if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
        say "$python is here, but without the part that makes private environments (venv)."
        fail "On Debian and Ubuntu: apt install python3-venv     Then start again."
    fi
    [ -w . ] || fail "This folder cannot be written to: $(pwd). Use a copy of your own."
    say "Making a private environment in .venv with $("$python" --version 2>&1)"
    "$python" -m venv --clear .venv || fail "The private environment could not be made; the reason is above."
}

install_lock() {
    say "Installing $lock (only the first time, and when it has changed)"
    rm -f "$installed"
    install_with_uv && return
    say "uv could not do it; trying once more with pip, which is slower"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r "$lock"
}

install_with_uv() {
    .venv/bin/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements-uv.lock || return
    cache=$(.venv/bin/python -m uv cache dir 2>/dev/null || true)
    if ! { mkdir -p "$cache" && [ -w "$cache" ]; } 2>/dev/null; then
        export UV_NO_CACHE=1 # no home folder, or one that is not ours
    fi
    .venv/bin/python -m uv pip sync --quiet --python .venv/bin/python --require-hashes "$lock"
}

environment_version() {
    .venv/bin/python -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null || true
}

# installed: a copy of the lock that was installed last, for this version of Python; written only when that succeeded
is_installed() {
    installed=.venv/installed-$(environment_version).lock
    cmp -s "$lock" "$installed" || cmp -s requirements-dev.lock "$installed" # the second holds all of the first
}

[ -f "$lock" ] || fail "No lock file of this name: $lock"
is_installed && exit
[ ! -d .venv ] || [ -w .venv ] || fail ".venv belongs to somebody else and is not up to date. Use a copy of this folder of your own."
if ! { version_is .venv/bin/python 'v >= (3, 11)' && .venv/bin/python -c 'import pip' 2>/dev/null; }; then
    make_environment
fi
installed=.venv/installed-$(environment_version).lock
install_lock || fail "The install did not succeed; the reason is above. Start again when that is mended: nothing is half done."
cp "$lock" "$installed"
