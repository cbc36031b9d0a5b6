//! Microphones: socket, FIFO, WAV file, ALSA.

use super::*;

fn microphone(lines: &str) -> crate::config::Device {
    let text = format!(
        "version = 1\n[site]\nid = \"s\"\n[[station]]\nid = \"t\"\n[station.microphone]\n{lines}\n"
    );
    let config = crate::config::Config::parse(Path::new("/test.toml"), &text)
        .unwrap_or_else(|p| panic!("{p}"));
    config.stations[0].devices[0].clone()
}

fn pcm(samples: i16) -> Vec<u8> {
    (0..samples).flat_map(i16::to_le_bytes).collect()
}

#[test]
fn a_socket_takes_one_writer_after_another() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pcm");
    // Left behind by a daemon that was killed.
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    let config = microphone(&format!(
        "kind = \"pcm-socket\"\npath = {path:?}\nrate = 44100\nchannels = 2"
    ));
    assert_eq!(
        config.protocol,
        Protocol::Pcm {
            rate_hz: 44_100,
            channels: 2
        }
    );
    let mut bench = Bench::start(&config.source);
    for visit in 1..=2 {
        bench.until("listening", |bench| {
            bench
                .source
                .health
                .state()
                .error
                .is_some_and(|error| error.contains("nobody writes") || error.contains("is gone"))
        });
        let mut writer = UnixStream::connect(&path).unwrap();
        writer.write_all(&pcm(20_000)).unwrap();
        bench.until("bytes", |bench| bench.bytes.len() == visit * 40_000);
        drop(writer);
        bench.until("gone", |bench| bench.links.len() == 2 * visit);
    }
    assert!(bench.bytes == [pcm(20_000), pcm(20_000)].concat());
    assert_eq!(bench.links, [true, false, true, false]);
    bench.end();
    assert!(!path.exists(), "the socket is left behind");
}

#[test]
fn a_fifo_is_followed_from_writer_to_writer() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fifo");
    let config = microphone(&format!("kind = \"pcm-fifo\"\npath = {path:?}"));
    let mut bench = Bench::start(&config.source);
    bench.until("missing", |bench| {
        bench
            .source
            .health
            .state()
            .error
            .is_some_and(|error| error.contains("mkfifo"))
    });
    rustix::fs::mkfifoat(
        rustix::fs::CWD,
        &path,
        rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
    )
    .unwrap();
    for visit in 1..=2 {
        let mut writer = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
        writer.write_all(&pcm(3000)).unwrap();
        bench.until("bytes", |bench| bench.bytes.len() == visit * 6000);
        drop(writer);
        bench.until("gone", |bench| bench.links.len() == 2 * visit);
    }
    assert!(bench.bytes == [pcm(3000), pcm(3000)].concat());
    bench.end();
}

#[test]
fn a_wav_file_is_played_once_in_sixteen_bits() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.wav");
    for (bits, format) in [
        (16, hound::SampleFormat::Int),
        (24, hound::SampleFormat::Int),
        (32, hound::SampleFormat::Float),
    ] {
        let spec = hound::WavSpec {
            channels: 1,
            sample_rate: 48_000,
            bits_per_sample: bits,
            sample_format: format,
        };
        let mut writer = hound::WavWriter::create(&path, spec).unwrap();
        for sample in 0..1000_i16 {
            match bits {
                16 => writer.write_sample(sample).unwrap(),
                24 => writer.write_sample(i32::from(sample) << 8).unwrap(),
                _ => writer.write_sample(f32::from(sample) / 32_768.0).unwrap(),
            }
        }
        writer.finalize().unwrap();
        let config = microphone(&format!("kind = \"wav\"\npath = {path:?}\npaced = false"));
        assert_eq!(
            config.protocol,
            Protocol::Pcm {
                rate_hz: 48_000,
                channels: 1
            }
        );
        let mut bench = Bench::start(&config.source);
        bench.until("ended", |bench| {
            bench.links == [true, false] && bench.bytes.len() == 2000
        });
        assert!(bench.bytes == pcm(1000), "{bits} bits");
        bench.end();
    }
}

#[cfg(feature = "alsa")]
#[test]
fn alsa_hands_on_whole_frames_and_explains_a_missing_card() {
    // The library's own device without hardware: silence without end.
    let config = microphone("kind = \"alsa\"\ndevice = \"null\"\nrate = 48000\nchannels = 2");
    assert_eq!(
        config.protocol,
        Protocol::Pcm {
            rate_hz: 48_000,
            channels: 2
        }
    );
    let mut bench = Bench::start(&config.source);
    bench.until("silence", |bench| bench.bytes.len() > 100_000);
    assert!(bench.bytes.len().is_multiple_of(4) && bench.bytes.iter().all(|byte| *byte == 0));
    bench.end();
    let config = microphone("kind = \"alsa\"\ndevice = \"plughw:CARD=NoSuchCard\"");
    let mut bench = Bench::start(&config.source);
    bench.until("missing", |bench| {
        bench
            .source
            .health
            .state()
            .error
            .is_some_and(|error| error.contains("wokd devices"))
    });
    bench.end();
}
