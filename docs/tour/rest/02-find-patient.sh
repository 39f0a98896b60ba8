curl --request GET \
--url https://example.com/api/v3/patient/1 \
--header 'Accept: application/json'
