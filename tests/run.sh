# What `./run test` and `./run lint` do. Sourced by ./run, whose functions it uses.

tools_ready() {
    python_ready; assets
    step .venv/tools.stamp "Python packages for the tests" requirements-dev.txt -- python -m pip install -q -r requirements-dev.txt
}

docker_ready() {  # an engine that answers: Debian's, started by hand where root may and none does
    ! engine_answers || return 0
    [ "$(id -u)" = 0 ] || die "No Docker engine answers. Start one (as root: apt-get install -y docker.io), or type ./run test quick."
    need docker.io
    setsid dockerd >var/dockerd.log 2>&1 & trap "kill $!; wait $!" EXIT
    for _ in $(seq 150); do ! engine_answers || return 0; sleep 0.2; done
    die "dockerd does not start; its last words: $(tail -n 3 var/dockerd.log)"
}

lint() {
    ruff check . && ruff format --check . && mypy platform/zero_to_gpt grader sandbox_images manage.py && lint-imports --no-logo &&
        git ls-files -z 'platform/*.html' | xargs -0 djade --check --target-version 5.2 && npm run --silent check
}

tested() {  # tested KIND ARGUMENT...: pytest; up to five tests that failed are asked once more, alone, and named in the summary
    local kind=$1 cache=var/pytest/$1 code=0 ran=(pytest -q); shift
    [ "$kind" != services ] || ran=(python -m tests.services.servers pytest -q)
    rm -rf "$cache"
    "${ran[@]}" -o cache_dir="$cache" "$@" || code=$?
    [ $code = 1 ] && [ "$(failed_in "$cache")" -le 5 ] || return $code
    printf '\n--- %s: what failed, once more and alone\n' "$kind"
    cp "$cache/v/cache/lastfailed" "$cache/first"
    "${ran[@]}" -o cache_dir="$cache" "$@" -n 0 --last-failed --last-failed-no-failures none || return $?
    late+=$(sed -n "s/^ *\"\(.*\)\": true,\?$/Failed beside others, passed alone: \1/p" "$cache/first")$'\n'
}

failed_in() { grep -c ': true' "$1/v/cache/lastfailed" 2>/dev/null || true; }

one_kind() {  # pytest's exit status 5 (no test found) fails here as any other
    case $1 in
        lint) lint ;;
        frontend) npm test --silent ;;
        content) python -m grader verify ;;
        gpu) tested gpu -rs tests/gpu ;;  # skips with a sentence where there is none
        services) tested services tests/services tests/db ;;
        house | unit | db | grader) tested "$1" --dist loadfile "tests/$1" -n 2 ;;
        *) tested "$1" "tests/$1" ;;
    esac
}

check() {  # check [all | quick | KIND...]: every kind is tried, and a summary ends it
    local kinds="lint house unit frontend db grader boxes worker services e2e gpu content"
    local asked=$* kind result began table="" failed="" late=""
    case "${asked:-all}" in all) asked=$kinds ;; quick) asked=${kinds%% boxes*} ;; esac
    for kind in $asked; do [[ " $kinds " = *" $kind "* ]] || die "No tests of the kind $kind: there are $kinds."; done
    need bubblewrap git
    [[ ! $asked =~ boxes|services|e2e ]] || need debootstrap chromium fonts-noto-cjk postgresql redis-server faketime
    [[ $asked != *boxes* ]] || docker_ready
    tools_ready; sandbox_ready
    for kind in $asked; do
        printf '\n=== %s\n' "$kind"; began=$SECONDS; result=passed
        one_kind "$kind" || { result=FAILED; failed+=" $kind"; }
        table+=$(printf '%-10s%-7s%5s s' "$kind" $result $((SECONDS - began)))$'\n'
    done
    printf '\n%s%s%s after %s s\n' "$table" "$late" "${failed:+FAILED:}${failed:-all passed}" $SECONDS
    [ -z "$failed" ]
}
