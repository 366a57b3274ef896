#!/bin/sh
# Install the Debian packages named as arguments, as root, without a question and without starting
# any service. What is put in the way of services is taken away again at the end.
set -eu
export DEBIAN_FRONTEND=noninteractive
policy=/usr/sbin/policy-rc.d
mark='# put here for the length of one installation by the tests of the bridge'

if [ ! -e "$policy" ] || grep -qxF "$mark" "$policy"; then
    trap 'rm -f "$policy"' EXIT
    trap 'exit 130' HUP INT TERM
    printf '#!/bin/sh\n%s\nexit 101\n' "$mark" >"$policy"
    chmod 755 "$policy"
fi

for package in "$@"; do
    # The tests make a database of their own: the package is told to make none, which is also quicker.
    if [ "$package" = redmine ]; then
        debconf-set-selections <<-'END'
		redmine redmine/instances/default/database-type select sqlite3
		redmine redmine/instances/default/dbconfig-install boolean false
		END
    fi
done

install() {
    apt-get install --yes --quiet --no-install-recommends -o DPkg::Lock::Timeout=300 \
        -o Dpkg::Options::=--force-confold -o Dpkg::Use-Pty=0 "$@"
}

# Fresh package lists are fetched only when those at hand do not lead to the packages.
install "$@" || {
    apt-get update --quiet -o DPkg::Lock::Timeout=300
    install "$@"
}
