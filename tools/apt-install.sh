# apt_install PACKAGE...: with apt-get, where it may; to be sourced.
apt_install() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
    echo "setup: installing $* with apt-get"
    apt-get -qq update >/dev/null &&
        DEBIAN_FRONTEND=noninteractive apt-get -qq install -y "$@" >/dev/null
}
