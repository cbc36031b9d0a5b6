//! Outlets that lie, stall and babble: a clear error each time, and no harm.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::time::Duration;

use firmware_interfaces::lsl::{Format, Query, QueryReply};
use wokd::lsl::{Channel, StreamInfo};
use wokd::sources::StopToken;

use crate::peer::Lab;
use crate::source::{Bench, config};

/// An outlet that answers discovery honestly and a feed with whatever `answer` writes.
struct Liar {
    stop: StopToken,
    threads: Vec<std::thread::JoinHandle<()>>,
}

impl Liar {
    fn start(lab: &Lab, answer: impl Fn(&mut TcpStream) + Send + 'static) -> Self {
        let feed = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let service = UdpSocket::bind(("127.0.0.1", lab.network.base_port)).unwrap();
        let mut info = StreamInfo::new(
            "liar",
            "EEG",
            Format::Float32,
            250.0,
            vec![Channel::default(); 8],
        );
        info.uid = "uid".into();
        info.session_id.clone_from(&lab.network.session);
        info.data_port = feed.local_addr().unwrap().port();
        info.service_port = lab.network.base_port;
        let (short, full) = (info.to_xml(false), info.to_xml(true));
        let stop = StopToken::default();
        let (a, b) = (stop.clone(), stop.clone());
        let tick = Some(Duration::from_millis(20));
        service.set_read_timeout(tick).unwrap();
        feed.set_nonblocking(true).unwrap();
        let discovery = std::thread::spawn(move || {
            let mut buffer = [0; 2048];
            while !a.is_stopped() {
                let Ok((n, from)) = service.recv_from(&mut buffer) else {
                    continue;
                };
                let Some(query) = Query::parse(&buffer[..n]) else {
                    continue;
                };
                let reply = QueryReply {
                    id: query.id,
                    xml: &short,
                }
                .to_string();
                service
                    .send_to(reply.as_bytes(), (from.ip(), query.port))
                    .unwrap();
                // Answers that mean nothing.
                for junk in [&b"\xff\xff"[..], b"", b"x\r\n<info>"] {
                    service.send_to(junk, (from.ip(), query.port)).unwrap();
                }
            }
        });
        let server = std::thread::spawn(move || {
            while !b.is_stopped() {
                let Ok((mut stream, _)) = feed.accept() else {
                    std::thread::sleep(Duration::from_millis(5));
                    continue;
                };
                stream.set_nonblocking(false).unwrap();
                let mut asked = [0; 1024];
                let n = stream.read(&mut asked).unwrap();
                if asked[..n].starts_with(b"LSL:fullinfo") {
                    stream.write_all(full.as_bytes()).unwrap();
                } else {
                    answer(&mut stream);
                }
            }
        });
        Self {
            stop,
            threads: vec![discovery, server],
        }
    }
}

impl Drop for Liar {
    fn drop(&mut self) {
        self.stop.stop();
        for thread in self.threads.drain(..) {
            thread.join().unwrap();
        }
    }
}

const HEAD: &[u8] = b"LSL/110 200 OK\r\nUID: uid\r\nByte-Order: 1234\r\n\r\n";

#[track_caller]
fn check(words: &[&str], answer: impl Fn(&mut TcpStream) + Send + 'static) {
    let lab = Lab::new();
    let _liar = Liar::start(&lab, answer);
    let mut bench = Bench::start(config(&lab));
    bench.says(words);
    assert!(bench.samples.is_empty() && bench.links.is_empty());
    bench.end();
}

#[test]
fn garbage_for_an_answer() {
    check(&["no LSL"], |s| {
        drop(s.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n"))
    });
    check(&["404"], |s| {
        drop(s.write_all(b"LSL/110 404 Not found\r\n\r\n"))
    });
    check(&["version 100"], |s| {
        drop(s.write_all(b"LSL/110 200 OK\r\nData-Protocol-Version: 100\r\n\r\n"));
    });
    check(&["another outlet"], |s| {
        drop(s.write_all(b"LSL/110 200 OK\r\nUID: other\r\n\r\n"))
    });
}

#[test]
fn an_answer_without_end() {
    check(&["no answer of a sane length"], |s| {
        while s.write_all(&[b'x'; 4096]).is_ok() {}
    });
}

#[test]
fn half_an_answer_and_silence() {
    check(&["no answer in time"], |s| {
        let _ = s.write_all(&HEAD[..20]);
        std::thread::sleep(Duration::from_secs(4));
    });
}

#[test]
fn half_an_answer_and_the_end() {
    check(&["closed"], |s| drop(s.write_all(&HEAD[..20])));
}

#[test]
fn garbage_for_samples() {
    check(&["0x61, which none does"], |s| {
        let _ = s.write_all(HEAD);
        let _ = s.write_all(&[b'a'; 100]);
    });
    check(&["test pattern"], |s| {
        let _ = s.write_all(HEAD);
        let _ = s.write_all(&[2; 10_000_000]);
    });
}

#[test]
fn a_stream_that_never_says_anything() {
    check(&["silent"], |s| {
        let _ = s.write_all(HEAD);
        std::thread::sleep(Duration::from_secs(7));
    });
}
