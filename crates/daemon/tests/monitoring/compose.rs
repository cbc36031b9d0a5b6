//! The containers around the daemon. No test starts them.

use std::process::Command;

use crate::{deploy, succeeds, text};

#[test]
fn images_are_pinned_and_what_is_mounted_is_there() {
    let file = text("docker-compose.yml");
    let images: Vec<&str> = file
        .lines()
        .filter_map(|line| line.trim().strip_prefix("image: "))
        .collect();
    assert_eq!(images.len(), 4);
    for image in images {
        let (_, tag) = image.split_once(':').unwrap();
        let exact = tag.trim_start_matches('v').split('.').count() == 3;
        assert!(exact || image == "wokd:local", "{image}");
    }
    let mounts = file
        .lines()
        .filter_map(|line| line.trim().strip_prefix("- ./"));
    for mount in mounts {
        let (source, _) = mount.split_once(':').unwrap();
        assert!(deploy(source).exists(), "{source}");
    }
}

#[test]
fn compose_takes_its_file() {
    let compose = [vec!["docker", "compose"], vec!["docker-compose"]]
        .into_iter()
        .find(|words| {
            let version = Command::new(words[0])
                .args(&words[1..])
                .arg("version")
                .output();
            version.is_ok_and(|out| out.status.success())
        });
    let Some(words) = compose else {
        println!("not validated: neither `docker compose` nor `docker-compose` is here");
        return;
    };
    succeeds(
        Command::new(words[0])
            .args(&words[1..])
            .arg("-f")
            .arg(deploy("docker-compose.yml"))
            .args(["--profile", "wokd", "config", "-q"]),
    );
}
