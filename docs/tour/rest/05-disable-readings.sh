curl --request PATCH \
--url https://example.com/api/v3/device/disable-readings \
--header 'Content-Type: application/json' \
--data '{"deviceId": 1, "deviceIdentifier": "ABC123"}'
