#!/bin/sh
# `sot serve` with plain curl.
#   sh examples/curl.sh --base-url http://127.0.0.1:8400/v1
set -eu

base_url=http://127.0.0.1:8400/v1
if [ "${1:-}" = --base-url ]; then
  base_url=$2
fi
key=${SOT_API_KEY:-none needed}

ask() {
  curl --silent --show-error --fail-with-body --no-buffer "$base_url/chat/completions" \
    --header "Authorization: Bearer $key" \
    --header "Content-Type: application/json" \
    --data "$1"
  echo
}

echo "The models:"
curl --silent --show-error --fail-with-body --header "Authorization: Bearer $key" "$base_url/models"
echo

echo "A stream, as it comes:"
ask '{
  "model": "auto",
  "messages": [{"role": "user", "content": "What are the best ways to overcome stage fright?"}],
  "max_tokens": 400,
  "stream": true,
  "stream_options": {"include_usage": true}
}'

echo "A whole answer, with the route, the points and the times under \"sot\":"
ask '{
  "model": "skeleton",
  "messages": [{"role": "user", "content": "What are the best ways to overcome stage fright?"}],
  "max_tokens": 400,
  "sot": {"max_points": 3, "details": true}
}'
