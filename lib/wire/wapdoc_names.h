/* Names in the provisioning document: written by agent/provisioning, applied by client/. Sources
 * and meaning of each are in docs/PROVISIONING.md. Those that begin with "Enrolld." are ours. */
#ifndef LIB_WIRE_WAPDOC_NAMES_H
#define LIB_WIRE_WAPDOC_NAMES_H

/* CertificateStore / store / SHA-1 in upper-case hex / EncodedCertificate = base64 of DER */
#define WAPDOC_CERTIFICATE_STORE "CertificateStore"
#define WAPDOC_STORE_ROOT "ROOT"
#define WAPDOC_STORE_CA "CA"
#define WAPDOC_STORE_MY "MY"
#define WAPDOC_ENCODED_CERTIFICATE "EncodedCertificate"
#define WAPDOC_PRIVATE_KEY_CONTAINER "PrivateKeyContainer" /* empty: the device has the key */

/* The OMA-DM account. */
#define WAPDOC_APPLICATION "APPLICATION"
#define WAPDOC_APPID "APPID" /* "w7" */
#define WAPDOC_PROVIDER_ID "PROVIDER-ID"
#define WAPDOC_NAME "NAME"
#define WAPDOC_ADDR "ADDR"
#define WAPDOC_ROLE "ROLE"
#define WAPDOC_PROTOVER "PROTOVER"
#define WAPDOC_DEFAULTENCODING "DEFAULTENCODING"
#define WAPDOC_CERT_CRITERIA "SSLCLIENTCERTSEARCHCRITERIA"

/* This server alone may manage the device. */
#define WAPDOC_TRUSTED_DM_SERVER "Enrolld.TrustedDMServer" /* PROVIDER-ID, ADDR */

/* The flag that stops a second enrollment. */
#define WAPDOC_ENROLLMENT "Enrolld.Enrollment"
#define WAPDOC_ENROLLED "Enrolled" /* "1" */
#define WAPDOC_ENROLLMENT_ID "EnrollmentID"

#define WAPDOC_DEVICE_NAME "Enrolld.DeviceName"
#define WAPDOC_DEVICE_LABEL "Name" /* one label */
#define WAPDOC_FQDN "FQDN"
#define WAPDOC_DNS_DOMAIN "DNSDomain"

#define WAPDOC_DOMAIN "Enrolld.Domain" /* DNSDomain and */
#define WAPDOC_DIRECTORY_SERVER "DirectoryServer" /* URI, or absent */
#define WAPDOC_DN "DN" /* the computer object, or absent */
/* The rest only where the directory has Kerberos (Active Directory). */
#define WAPDOC_REALM "Realm" /* "CORP.EXAMPLE.COM" */
#define WAPDOC_DOMAIN_CONTROLLER "DomainController" /* DNS name of the server written to */
#define WAPDOC_NETBIOS_DOMAIN "NetBIOSDomain"
#define WAPDOC_ACCOUNT "Account" /* "LT-0042$" */
#define WAPDOC_SID "SID" /* of the computer object */
#define WAPDOC_KEY_VERSION "KeyVersion" /* decimal, of the keys made from MachinePassword */
#define WAPDOC_SERVICE_PRINCIPALS "ServicePrincipals" /* "HOST/a HOST/b", blanks between */
#define WAPDOC_MACHINE_PASSWORD "MachinePassword" /* sealed, PROTOCOL.md section 10 */
#define WAPDOC_LOGIN "Login" /* "sssd" or "none" */

#define WAPDOC_VPN "Enrolld.VPN" /* only with the option */
#define WAPDOC_GATEWAY "Gateway" /* or absent */
#define WAPDOC_AUTHENTICATION "Authentication" /* "certificate" */
#define WAPDOC_REBOOT_REQUIRED "RebootRequired" /* "1" */

#endif
