//! An embedded broker on loopback, for the demo. Production is Mosquitto.

use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use rumqttd::{Broker, Config, ConnectionSettings, RouterConfig, ServerSettings};

/// Where a started broker listens: it has a port for each version of the protocol.
#[derive(Debug, Clone, Copy)]
pub struct Listens {
    /// For the daemon, which speaks MQTT 5.
    pub v5: SocketAddr,
    /// For whoever subscribes: `mosquitto_sub` speaks MQTT 3.1.1 unless told otherwise.
    pub v4: SocketAddr,
}

/// Starts a broker on free ports of the loopback and says which. It ends with the process.
///
/// # Errors
/// When there is no free port or no thread.
pub fn start() -> io::Result<Listens> {
    // The ports are free now; the broker takes them a moment later.
    let free = || TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
    let (v4, v5) = (free()?, free()?);
    let listens = Listens {
        v5: v5.local_addr()?,
        v4: v4.local_addr()?,
    };
    drop((v4, v5));
    let server = |listen| {
        let connections = ConnectionSettings {
            connection_timeout_ms: 5000,
            max_payload_size: 64 * 1024,
            max_inflight_count: 100,
            auth: None,
            external_auth: None,
            dynamic_filters: true,
        };
        let server = ServerSettings {
            name: "demo".into(),
            listen,
            tls: None,
            next_connection_delay_ms: 1,
            connections,
        };
        Some(HashMap::from([("demo".to_owned(), server)]))
    };
    let router = RouterConfig {
        max_connections: 100,
        max_outgoing_packet_count: 200,
        max_segment_size: 10 * 1024 * 1024,
        max_segment_count: 10,
        ..RouterConfig::default()
    };
    let config = Config {
        id: 0,
        router,
        v4: server(listens.v4),
        v5: server(listens.v5),
        ..Config::default()
    };
    let mut broker = Broker::new(config);
    std::thread::Builder::new()
        .name("demo-broker".into())
        .spawn(move || {
            if let Err(error) = broker.start() {
                tracing::error!(%error, "the demo's broker ended");
            }
        })?;
    Ok(listens)
}
