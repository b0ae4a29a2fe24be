#!/usr/bin/env bash
# The environments of tests/bi, each as its lock says: Superset, the clients of Python, those of Node. `--lock` resolves anew (needs uv).
set -euo pipefail
cd "$(dirname "$0")"
PYTHON="${PYTHON:-python3}"

if [ "${1:-}" = "--lock" ]; then
    for name in clients superset; do
        uv pip compile "environments/$name.in" --universal --generate-hashes --no-emit-index-url --no-annotate \
            --python-version 3.11 --custom-compile-command "tests/bi/install.sh --lock" -o "environments/$name.lock"
    done
    # Of packages for other machines the lock may know nothing, which `npm ci` refuses and `npm install` does not need.
    (cd environments && npm install --package-lock-only --omit-lockfile-registry-resolved --no-audit --no-fund)
    exit
fi

for name in clients superset; do
    stamp=".env/$name/.installed"
    if ! cmp -s "environments/$name.lock" "$stamp"; then
        rm -rf ".env/$name"
        "$PYTHON" -m venv ".env/$name"
        ".env/$name/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r "environments/$name.lock"
        ".env/$name/bin/python" -m pip check --disable-pip-version-check
        cp "environments/$name.lock" "$stamp"
    fi
done

if ! cmp -s environments/package-lock.json .env/node/.installed; then
    rm -rf .env/node
    mkdir -p .env/node
    cp environments/package.json environments/package-lock.json .env/node/
    (cd .env/node && npm install --no-audit --no-fund --loglevel=error)
    cp environments/package-lock.json .env/node/.installed
fi
