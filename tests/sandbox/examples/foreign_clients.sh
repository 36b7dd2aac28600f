#!/bin/sh
# Clients that were not written here, against the sandbox: Dots' own SDK for Node, the Python client of
# openapi-generator, and schemathesis, which draws requests from the document. Each is installed into a folder of its
# own; where a tool cannot be installed, the script says `not run`.
#
#   tests/sandbox/examples/foreign_clients.sh [FOLDER]
#
# It ends with 1 when a client found something wrong.
set -u
here=$(cd "$(dirname "$0")" && pwd)
folder=${1:-$(mktemp -d)}
sandbox=${DOTS_SANDBOX:-$here/../../../target/debug/dots-sandbox}
cases=${CASES:-60}
ended=0

# Our generator needs every body to be required. Dots and the sandbox take an absent one where no field is.
optional_bodies='
import json, sys
document = json.load(sys.stdin)
for item in document["paths"].values():
    for operation in item.values():
        if isinstance(operation, dict) and "requestBody" in operation:
            for media in operation["requestBody"]["content"].values():
                schema = media["schema"]
                while "$ref" in schema:
                    schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
                operation["requestBody"]["required"] = bool(schema.get("required"))
json.dump(document, sys.stdout)
'

# Prints the lines of README's section "Use it from your language" in one language, for the sandbox that runs.
snippet() {
  awk -v fence="\`\`\`$1" '
    /^## / { here = ($0 == "## Use it from your language") }
    here && $0 == "```" { inside = 0 }
    here && inside { print }
    here && $0 == fence { inside = 1 }' "$here/../README.md" | sed "s|http://127.0.0.1:4010|$root|"
}

# Runs the lines of README in one language.
run_snippet() {
  file=$2
  snippet "$1" > "$file"
  shift 2
  if [ -s "$file" ] && "$@" "$file"; then echo "README, $file: ran"; else echo "README, $file: failed"; ended=1; fi
}

# Starts a sandbox of its own for each client, and sets `base`, `root` and `program`.
begin() {
  rm -f "$folder/said"
  "$sandbox" --port 0 "$@" > "$folder/said" & program=$!
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    base=$(sed -n 's/^The Dots sandbox listens at //p' "$folder/said" 2> /dev/null)
    [ -n "$base" ] && break
    sleep 0.2
  done
  root=${base%/api}
}

finish() {
  kill "$program"
  wait "$program" 2> /dev/null
}

node_sdk() {
  mkdir -p "$folder/node" && cd "$folder/node" || return
  [ -f package.json ] || npm init --yes > /dev/null 2>&1
  npm install --no-audit --no-fund dots-v2-node@1.0.4 esbuild tsx > npm.log 2>&1 \
    || { echo "not run: dots-v2-node: npm cannot install it"; return; }
  cp "$here/node_sdk.mjs" . \
    && npx esbuild node_sdk.mjs --bundle --platform=node --format=esm --outfile=bundle.mjs --log-level=error \
      --banner:js="import { createRequire } from 'module'; const require = createRequire(import.meta.url);" \
    || { echo "not run: dots-v2-node: esbuild cannot bundle it"; return; }
  begin
  node bundle.mjs "$base" || ended=1
  run_snippet js pay.mjs npx tsx
  finish
}

python_tools() {
  [ -x "$folder/python/bin/python" ] || python3 -m venv "$folder/python" || return 1
  "$folder/python/bin/pip" install --quiet "$@" > "$folder/pip.log" 2>&1
}

generated_client() {
  command -v java > /dev/null || { echo "not run: openapi-generator: there is no java"; return; }
  python_tools openapi-generator-cli urllib3 python-dateutil pydantic typing-extensions \
    || { echo "not run: openapi-generator: pip cannot install it"; return; }
  begin --tidy-bodies
  curl --silent "$root/_sandbox/openapi.json" > "$folder/openapi.json"
  "$folder/python/bin/openapi-generator-cli" generate -g python -i "$folder/openapi.json" -o "$folder/generated" \
    --package-name dots_generated --skip-validate-spec > "$folder/generate.log" 2>&1 \
    || { echo "not run: openapi-generator: see $folder/generate.log"; finish; return; }
  PYTHONPATH="$folder/generated" "$folder/python/bin/python" "$here/generated_client.py" "$base" || ended=1
  "$folder/python/bin/pip" install --quiet "$folder/generated" >> "$folder/pip.log" 2>&1
  cd "$folder" && run_snippet python list.py "$folder/python/bin/python"
  finish
}

schemathesis() {
  python_tools schemathesis || { echo "not run: schemathesis: pip cannot install it"; return; }
  begin --tidy-bodies
  curl --silent "$root/_sandbox/openapi.json" | "$folder/python/bin/python" -c "$optional_bodies" > "$folder/openapi.json"
  # A 404 or a 409 is a fine answer to a drawn id; a 5xx, another shape, or bad data that is accepted is not.
  cd "$folder" || return
  "$folder/python/bin/schemathesis" run "$folder/openapi.json" --url "$base" --auth pk_dev_sandbox:sk_dev_sandbox \
    --checks not_a_server_error,response_schema_conformance,content_type_conformance,ignored_auth,negative_data_rejection \
    --max-examples "$cases" --seed 7 > "$folder/schemathesis.log" 2>&1
  if [ $? -eq 0 ]; then echo "schemathesis: no failure"; else tail -n 40 "$folder/schemathesis.log"; ended=1; fi
  finish
}

(node_sdk; exit $ended) || ended=1
generated_client
schemathesis
echo "the folder: $folder"
exit $ended
