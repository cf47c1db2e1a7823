"""Which attributes hold a secret though the state does not say so.

Version 3 marks nothing; Terraform before 1.10 marks what a variable made sensitive, but not what the
provider's schema does. The names are those that provider aws 5.100.0 calls sensitive, and user data.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

ANYWHERE = frozenset({
    "access_token", "account_password", "ad_domain_join_password", "admin_user_password", "api_key",
    "api_secret_key", "auth_password", "auth_token", "authorization_api_key_value",
    "basic_auth_credentials", "certificate_private_key", "client_secret",
    "cross_realm_trust_principal_password", "custom_master_password", "customer_gateway_configuration",
    "customer_key", "db_password", "domain_signing_private_key", "encrypted_password",
    "encrypted_private_key", "encrypted_secret", "encrypted_ses_smtp_password_v4", "fsx_admin_password",
    "hsm_partition_password", "kdc_admin_password", "key_material_base64", "key_passphrase",
    "master_password", "master_password_wo", "master_user_password", "oauth_token", "password",
    "password_wo", "passwords", "plaintext", "platform_credential", "private_key", "sasl_password",
    "secret_access_key", "secret_binary", "secret_key", "secret_string", "secret_string_wo",
    "secret_token", "service_account_password", "service_json", "service_password",
    "ses_smtp_password_v4", "shared_secret", "smb_guest_password", "source_customer_key", "ssh_key",
    "ssl_client_key_password", "svm_admin_password", "temporary_password", "token_key",
    "tunnel1_preshared_key", "tunnel2_preshared_key", "user_data", "user_data_base64", "value_wo",
})  # fmt: skip
"""Names that hold a secret in every type, at any depth."""

OF_TYPE: Mapping[str, frozenset[str]] = {
    "aws_api_gateway_api_key": frozenset({"value"}),
    "aws_appconfig_hosted_configuration_version": frozenset({"content"}),
    "aws_appsync_api_key": frozenset({"key"}),
    "aws_cloudwatch_event_connection": frozenset({"auth_parameters"}),
    "aws_cloudcontrolapi_resource": frozenset({"desired_state", "schema"}),
    "aws_codebuild_source_credential": frozenset({"token"}),
    "aws_codebuild_webhook": frozenset({"secret"}),
    "aws_dms_certificate": frozenset({"certificate_pem", "certificate_wallet"}),
    "aws_glue_connection": frozenset({"athena_properties", "connection_properties"}),
    "aws_grafana_workspace_api_key": frozenset({"key"}),
    "aws_grafana_workspace_service_account_token": frozenset({"key"}),
    "aws_iam_access_key": frozenset({"secret"}),
    "aws_mwaa_environment": frozenset({"airflow_configuration_options"}),
    "aws_s3_bucket_object_lock_configuration": frozenset({"token"}),
    "aws_s3_bucket_replication_configuration": frozenset({"token"}),
    "aws_ssm_parameter": frozenset({"insecure_value", "value"}),
    "aws_transfer_server": frozenset({"host_key"}),
}
"""Top-level names that hold a secret in these types and something harmless in others."""

TAGS = frozenset({"tags", "tags_all"})


def known(type_: str, attributes: Mapping[str, Any]) -> Iterable[str]:
    """The top-level attributes of an instance that hold a known secret."""
    for name in OF_TYPE.get(type_, frozenset()) & attributes.keys():
        if attributes[name]:
            yield name
    for name, value in attributes.items():
        # most are plain values of a harmless name
        plain = name not in ANYWHERE and type(value) not in (dict, list)
        if not plain and name not in TAGS and _holds(name, value):
            yield name


def _holds(name: str, value: Any) -> bool:
    """Whether a secret stands at this name or below it; walked without recursion, states can be deep."""
    waiting = [(name, value)]
    while waiting:
        name, value = waiting.pop()
        if name in ANYWHERE and value not in (None, "", [], {}):
            return True
        if isinstance(value, Mapping):
            waiting += value.items()
        elif isinstance(value, list):
            waiting += (("", item) for item in value if isinstance(item, Mapping | list))
    return False
