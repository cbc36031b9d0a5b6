use super::*;

#[test]
fn missing_groups_are_named_with_the_command() {
    let table = "root:x:0:\ndialout:x:20:me\naudio:x:29:\nvideo:x:44:\n";
    for (own, verdict, words) in [
        (None, Verdict::Good, "root"),
        (
            Some(vec![20, 29, 44, 1000]),
            Verdict::Good,
            "is in the groups",
        ),
        (
            Some(vec![29, 1000]),
            Verdict::Mind,
            "usermod -aG dialout,video",
        ),
    ] {
        let finding = groups(table, &own);
        assert_eq!(finding.verdict, verdict, "{}", finding.text);
        assert!(finding.text.contains(words), "{}", finding.text);
    }
}

#[test]
fn a_timekeeper_is_found_by_its_name() {
    let proc = tempfile::tempdir().unwrap();
    assert_eq!(timekeeper(proc.path()).verdict, Verdict::Mind);
    fs::create_dir(proc.path().join("12")).unwrap();
    fs::write(proc.path().join("12/comm"), "chronyd\n").unwrap();
    assert!(timekeeper(proc.path()).text.contains("chronyd"));
}

#[test]
fn a_slow_adapter_is_told_with_its_file() {
    let sys = tempfile::tempdir().unwrap();
    let adapter = sys.path().join("bus/usb-serial/devices/ttyUSB0");
    fs::create_dir_all(&adapter).unwrap();
    for (timer, expect) in [("1\n", 0), ("16\n", 1)] {
        fs::write(adapter.join("latency_timer"), timer).unwrap();
        let findings = latency_timers(sys.path());
        assert_eq!(findings.len(), expect);
        assert!(
            findings
                .iter()
                .all(|finding| finding.text.contains("16 ms") && finding.text.contains("ttyUSB0"))
        );
    }
}

#[test]
fn a_broker_that_is_not_there_is_told() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut mqtt = Mqtt {
        host: "127.0.0.1".into(),
        port,
        user: None,
        password_file: None,
        tls: None,
        spool: None,
        discovery: None,
        base: "wok".into(),
    };
    assert_eq!(broker(&mqtt)[0].verdict, Verdict::Good);
    drop(listener);
    mqtt.password_file = Some("/nowhere/password".into());
    let findings = broker(&mqtt);
    assert_eq!(
        findings
            .iter()
            .map(|finding| finding.verdict)
            .collect::<Vec<_>>(),
        [Verdict::Bad, Verdict::Bad]
    );
    assert!(
        findings[1].text.contains("apt install mosquitto"),
        "{}",
        findings[1].text
    );
}
