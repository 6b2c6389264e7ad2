#!/bin/sh
# Makes the secrets that compose.yaml needs, each at random; what is there already stays. Run it again after an upgrade: it adds what is new.
#   ./prepare.sh [host name of the certificate, by default localhost]
set -eu
umask 077
host=${1:-localhost}
cd "$(dirname "$0")"
mkdir -p secrets
# Only the owner enters the folder. The files are readable: containers see them one by one, under a user of their own.
chmod 700 secrets

random() { od -An -N"$1" -tx1 /dev/urandom | tr -d ' \n'; }
keep() {
  if [ -e "secrets/$1" ]; then
    cat > /dev/null
  else
    rm -f "secrets/.new"
    cat > "secrets/.new"
    chmod 444 "secrets/.new"
    mv "secrets/.new" "secrets/$1"
    echo "made secrets/$1"
  fi
}

random 16 | keep admin-password
random 32 | keep platform-key
random 48 | keep mongo-key
random 24 | keep mongo-password
random 24 | keep mongo-root-password
random 24 | keep nats-password
random 10 | keep s3-access-key
random 24 | keep s3-secret-key

nats=$(cat secrets/nats-password)
printf 'nats://berth:%s@nats-1:4222,nats://berth:%s@nats-2:4222,nats://berth:%s@nats-3:4222' "$nats" "$nats" "$nats" | keep nats-url
keep nats.conf << EOF
listen: "0.0.0.0:4222"
http: "127.0.0.1:8222"
max_payload: 8388608
jetstream { store_dir: "/data", max_file_store: 2147483648, max_memory_store: 268435456 }
authorization { user: berth, password: "$nats" }
cluster {
  name: berth
  listen: "0.0.0.0:6222"
  authorization { user: berth, password: "$nats" }
  routes: ["nats-route://berth:$nats@nats-1:6222", "nats-route://berth:$nats@nats-2:6222", "nats-route://berth:$nats@nats-3:6222"]
}
EOF

mongo=$(cat secrets/mongo-password)
servers='mongo-1:27017,mongo-2:27017,mongo-3:27017'
options='replicaSet=berth&authSource=admin'
printf 'mongodb://berth:%s@%s/?%s' "$mongo" "$servers" "$options" | keep database-url
for service in metadata auth-token webhook-dispatcher retention-cleaner replicator; do
  random 24 | keep "mongo-password-$service"
  url="secrets/database-url-$service"
  # Earlier all services had one user.
  shared="mongodb://berth:$mongo@$servers/berth_$service?$options"
  if [ -e "$url" ] && [ "$(cat "$url")" = "$shared" ]; then rm -f "$url"; fi
  printf 'mongodb://berth_%s:%s@%s/berth_%s?%s' "$service" "$(cat "secrets/mongo-password-$service")" "$servers" "$service" "$options" |
    keep "database-url-$service"
done

printf '[default]\naws_access_key_id = %s\naws_secret_access_key = %s\n' "$(cat secrets/s3-access-key)" "$(cat secrets/s3-secret-key)" | keep s3-credentials

if [ ! -e secrets/tls-certificate.pem ] && [ ! -e secrets/tls-key.pem ]; then
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 825 -subj "/CN=$host" \
    -addext "subjectAltName=DNS:$host" -keyout secrets/.key -out secrets/.certificate 2> /dev/null
  keep tls-key.pem < secrets/.key
  keep tls-certificate.pem < secrets/.certificate
  rm -f secrets/.key secrets/.certificate
  echo "the certificate is its own issuer: replace secrets/tls-certificate.pem and secrets/tls-key.pem by yours"
fi
echo "log in as admin with the password in deploy/compose/secrets/admin-password"
