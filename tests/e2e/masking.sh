#!/bin/sh
# SPDX-License-Identifier: MIT
# masking.sh - a million lines of a hook's output with secrets in every form, and none of them shown.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

w=$root/w
lines=1000000
user=$(id -un)
! is_root || user=www-data

# The configuration, the lines, and what must not be shown: by other implementations than ours.
cat >"$w/make.py" <<'END'
import base64, html, json, random, shlex, sys, urllib.parse
random.seed(7)
def word(n):
    return "".join(random.choice("abcXYZ0189 $'\"&<>/+%#;=\\~é") for _ in range(n))
secrets = [word(12 + 3 * i).strip() + "#" for i in range(20)]
with open(sys.argv[1], "w") as cfg:
    cfg.write("name=Shop\nserviceKeys=k\n")
    for i, secret in enumerate(secrets):
        cfg.write("dataSource.d%d.servicePassword=%s\n" % (i, secret))
def forms(secret):
    raw = secret.encode()
    yield secret
    for alphabet in (base64.b64encode, base64.urlsafe_b64encode):
        for before in range(3):
            # With other text around it: the characters that it alone has a part in.
            whole = alphabet(b"x" * before + raw + b"yyy").decode()
            start = (before * 8 + 5) // 6
            yield whole[start:(before + len(raw)) * 8 // 6]
    yield raw.hex()
    yield raw.hex().upper()
    yield urllib.parse.quote(secret)
    yield urllib.parse.quote(secret, safe="")
    yield urllib.parse.quote_plus(secret)
    yield shlex.quote(secret)[1:-1].replace("'\"'\"'", "'\"'\"'")
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    yield html.escape(secret)
    yield html.escape(secret, quote=False)
every = [form for secret in secrets for form in forms(secret)]
with open(sys.argv[3], "w") as hidden:
    hidden.write("\n".join(sorted(set(every))) + "\n")
with open(sys.argv[2], "w") as out:
    for n in range(int(sys.argv[4])):
        out.write("%07d %s is told\n" % (n, every[n % len(every)]))
END
python3 "$w/make.py" "$w/cfg" "$root/lines" "$w/hidden" "$lines"
hook a1 enstratus-configure <<'END'
#!/bin/sh
exec cat ../../lines
END
check 'the lines hold them' grep -qFf "$w/hidden" "$root/lines"
run "$bin/configureService" --config - "$user" c1 a1 <"$w/cfg"
same 'a million lines: exit status' 0 "$status"
grep -F 'enstratus-configure: ' "$err" | sed 's/^[^ ]* enstratus-configure: //' >"$w/shown"
same 'a million lines: all of them came' "$lines" "$(wc -l <"$w/shown")"
check_not 'no form of a secret is shown' grep -Ff "$w/hidden" "$w/shown"
same 'each line has something hidden' "$lines" "$(grep -cF '***' "$w/shown")"
check 'what is around it is shown' grep -Eqx '0000000 \*+ is told' "$w/shown"
