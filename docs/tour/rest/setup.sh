curl() {
  command curl --silent --header 'Impilo-API-Key: demo-northside' "${@/https:\/\/example.com/http://127.0.0.1:4000}"
  echo
}
