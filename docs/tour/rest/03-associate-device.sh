curl --request PATCH \
--url https://example.com/api/v3/device/associate-patient \
--header 'Content-Type: application/json' \
--data '{"deviceId": 1, "patientExternalIdentifier": "external-identifier"}'
