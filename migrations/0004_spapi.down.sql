DROP TABLE spapi_pace;
DROP TABLE spapi_access;
DROP TABLE spapi_credential;
DROP TABLE spapi_sealing;
