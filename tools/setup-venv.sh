#!/bin/sh
# tools/setup-venv.sh .venv|.venv-addons [PYTHON]
# Makes the virtual environment, or brings it up to date, with this checkout in it.
set -eu

venv=$1
wanted=${2:-}
case $venv in
.venv-addons) extras=addons,dev newest=11 ;;
*) extras=dev newest=13 ;;
esac
export PIP_DISABLE_PIP_VERSION_CHECK=1
. "$(dirname "$0")/apt-install.sh"

fail() {
    echo "setup: $*" >&2
    exit 1
}

# Commands that only exist (pyenv's shims, for one) have to run to count.
is_usable() {
    "$1" -c "import sys; sys.exit(not (3, 9) <= sys.version_info[:2] <= (3, $newest))" \
        2>/dev/null
}

make_venv() {
    if [ -n "$wanted" ]; then
        is_usable "$wanted" || fail "PYTHON=$wanted is not a working Python 3.9-3.$newest"
        python=$wanted
    else
        python=
        for name in python3 python3.13 python3.12 python3.11 python3.10 python3.9; do
            if is_usable "$name"; then
                python=$name
                break
            fi
        done
        [ -n "$python" ] ||
            fail "no working Python 3.9-3.$newest found; install one or name it: PYTHON=..."
    fi
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        apt_install "python$version-venv" ||
            fail "$python cannot make environments; install python$version-venv"
    fi
    echo "setup: making $venv with Python $version; downloads take a few minutes"
    "$python" -m venv --clear "$venv"
}

"$venv/bin/python" -m pip --version >/dev/null 2>&1 || make_venv

# Older ones cannot install a checkout in place from pyproject.toml.
"$venv/bin/python" -m pip install -q 'pip>=21.3'
# It would be imported in place of this checkout; so was this one called once.
"$venv/bin/python" -m pip uninstall -q -y inpaint 2>/dev/null
"$venv/bin/python" -m pip install -q -e ".[$extras]"

# OpenCV's wheel leaves libGL.so.1 and glib to the system.
if ! reason=$("$venv/bin/python" -c 'import cv2' 2>&1); then
    reason=$(echo "$reason" | tail -n 1)
    apt_install libgl1 libglib2.0-0 ||
        fail "OpenCV: $reason; on Debian: apt-get install libgl1 libglib2.0-0"
    "$venv/bin/python" -c 'import cv2' || fail "OpenCV still does not import"
fi
