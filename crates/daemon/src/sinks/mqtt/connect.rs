//! How a broker is reached, and what to do when it is not.

use std::error::Error;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use rumqttc::mqttbytes::QoS;
use rumqttc::mqttbytes::v5::{ConnectReturnCode, LastWill};
use rumqttc::tokio_rustls::rustls::pki_types::pem::PemObject;
use rumqttc::tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rumqttc::tokio_rustls::rustls::{self, CertificateError};
use rumqttc::{ConnectionError, MqttOptions, SessionMode, Transport};

use super::{Config, payload};
use crate::config::Tls;

/// Seconds after which a silent connection is asked whether it lives.
const KEEP_ALIVE: u16 = 15;
/// Largest message that is taken, bytes.
const LARGEST: u32 = 64 * 1024;

/// The options of every connection. `will` is the topic that says whether the bridge is online; `session`
/// makes the client id unique.
///
/// # Errors
/// When the password or a certificate cannot be read.
pub(super) fn options(config: &Config, will: &str, session: &str) -> io::Result<MqttOptions> {
    let broker = (config.host.as_str(), config.port);
    let mut options = MqttOptions::new(format!("wokd-{session}"), broker);
    options.set_keep_alive(KEEP_ALIVE);
    options.set_session_mode(SessionMode::Clean);
    options.set_max_packet_size(Some(LARGEST));
    let offline = payload::state(false);
    options.set_last_will(LastWill::new(will, offline, QoS::AtLeastOnce, true, None));
    if let Some(user) = &config.user {
        let password = config
            .password_file
            .as_deref()
            .map(first_line)
            .transpose()?;
        options.set_credentials(user, password.unwrap_or_default());
    }
    if let Some(tls) = &config.tls {
        options.set_transport(transport(tls)?);
    }
    Ok(options)
}

/// The first line of the password file.
fn first_line(path: &Path) -> io::Result<String> {
    let mut line = String::new();
    std::fs::File::open(path)
        .and_then(|file| BufReader::new(file).read_line(&mut line))
        .map_err(|error| named(error, "the broker's password file", path))?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

/// An encrypted connection; what a file lacks is told now rather than by a connection that fails.
fn transport(tls: &Tls) -> io::Result<Transport> {
    let wrong = |error: rustls::pki_types::pem::Error, what: &str, path: &Path| {
        named(io::Error::other(error.to_string()), what, path)
    };
    let identity = match &tls.identity {
        Some((certificate, key)) => {
            let what = "our certificate";
            CertificateDer::from_pem_file(certificate).map_err(|e| wrong(e, what, certificate))?;
            let what = "the key of our certificate";
            PrivateKeyDer::from_pem_file(key).map_err(|e| wrong(e, what, key))?;
            Some((std::fs::read(certificate)?, std::fs::read(key)?))
        }
        None => None,
    };
    let Some(ca) = &tls.ca_file else {
        let system = Transport::try_tls_with_default_config();
        return match (system, identity) {
            (Ok(system), None) => Ok(system),
            (Ok(_), Some(_)) => Err(io::Error::other(
                "a certificate of our own goes with a `ca_file` that says whom we trust with it",
            )),
            (Err(error), _) => Err(io::Error::other(format!(
                "the system's certificates cannot be read ({error}); name a `ca_file`"
            ))),
        };
    };
    CertificateDer::from_pem_file(ca).map_err(|e| wrong(e, "the broker's CA", ca))?;
    Ok(Transport::tls(std::fs::read(ca)?, identity, None))
}

fn named(error: io::Error, what: &str, path: &Path) -> io::Error {
    io::Error::new(error.kind(), format!("{what} {}: {error}", path.display()))
}

/// What to look at after a connection that failed.
pub(super) fn remedy(error: &ConnectionError) -> &'static str {
    if let ConnectionError::ConnectionRefused(code) = error {
        return refused(*code);
    }
    match (from_tls(error), error) {
        (Some(error), _) => certificate(error),
        (None, ConnectionError::Tls(_)) => NO_TLS,
        // Once the connection stands, the client gives what the encryption says as a text.
        (None, ConnectionError::MqttState(_)) if error.to_string().contains(ALERT) => OURS,
        (None, ConnectionError::MqttState(_)) => ENDED,
        (None, _) => BROKER,
    }
}

const BROKER: &str = "check that it runs and that host and port are right";
const CERTIFICATES: &str = "check `ca_file`, `certificate` and `key`";
const NO_TLS: &str = "something is there, but does not speak TLS on this port: check the port, and whether `url` is to be mqtts://";
const ENDED: &str =
    "it ended the connection: look into its own log, and whether this port wants mqtts:// in `url`";
const OURS: &str = "it does not accept our `certificate`, or wants one";
/// How rustls begins to tell of an alert.
const ALERT: &str = "received fatal alert";

const fn refused(code: ConnectReturnCode) -> &'static str {
    match code {
        ConnectReturnCode::BadUserNamePassword | ConnectReturnCode::NotAuthorized => {
            "check `user` and the password file: the broker does not know them"
        }
        ConnectReturnCode::UnsupportedProtocolVersion
        | ConnectReturnCode::RefusedProtocolVersion => {
            "it does not speak MQTT 5: take Mosquitto 1.6 or later"
        }
        ConnectReturnCode::Banned => "it has banned this client",
        _ => "see the broker's own log",
    }
}

/// What the encryption said, however deep it is wrapped.
fn from_tls<'a>(mut error: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    loop {
        if let Some(error) = error.downcast_ref() {
            return Some(error);
        }
        // An error of the socket skips what it wraps when asked for its source.
        error = match error.downcast_ref::<io::Error>() {
            Some(error) => error.get_ref()?,
            None => error.source()?,
        };
    }
}

fn certificate(error: &rustls::Error) -> &'static str {
    match error {
        rustls::Error::InvalidCertificate(why) => match why {
            CertificateError::UnknownIssuer => "`ca_file` does not hold who signed its certificate",
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                "its certificate has expired, or the clock of this machine is wrong"
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                "its certificate is not valid yet, or the clock of this machine is wrong"
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                "its certificate is for another name: write in `url` the name that it is for"
            }
            _ => CERTIFICATES,
        },
        rustls::Error::AlertReceived(_) => OURS,
        rustls::Error::InvalidMessage(_) => NO_TLS,
        _ => CERTIFICATES,
    }
}
