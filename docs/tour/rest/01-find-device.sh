curl --request GET \
--url https://example.com/api/v3/device/1 \
--header 'Accept: application/json'
