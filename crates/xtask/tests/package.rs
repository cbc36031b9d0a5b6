//! The Debian package through its life, on a root of its own: installed, upgraded, rolled back, removed and purged by
//! dpkg itself. It is made of the daemon that the tests have built, beside this program.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what a test cannot have, it fails by"
)]

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

const CONFIGURATION: &str = "etc/wokd/wokd.toml";

fn said(output: &Output) -> String {
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    String::from_utf8_lossy(&text).into_owned()
}

/// Runs a command that must succeed, and gives what it said.
#[track_caller]
fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let said = said(&output);
    assert!(output.status.success(), "{command:?}: {said}");
    said
}

/// As root, or as somebody who looks so to what is started.
fn as_root(program: &str) -> Command {
    if fs::metadata("/proc/self").unwrap().uid() == 0 {
        return Command::new(program);
    }
    let mut command = Command::new("unshare");
    command.args(["--map-root-user", program]);
    command
}

/// Packs the daemon that lies beside this test's xtask.
fn packed(out: &Path) -> PathBuf {
    let xtask = Path::new(env!("CARGO_BIN_EXE_xtask"));
    let daemon = xtask.with_file_name("wokd");
    assert!(
        daemon.exists(),
        "{} is not there; `cargo test --workspace --all-features` builds it",
        daemon.display()
    );
    // cargo-deb packs what lies where cargo puts releases.
    let release = out.join("built/release");
    fs::create_dir_all(&release).unwrap();
    fs::copy(&daemon, release.join("wokd")).unwrap();
    let mut pack = Command::new(xtask);
    pack.args(["package", "--no-build", "--fast", "--output"]);
    run(pack
        .arg(out.join("wokd.deb"))
        .env("CARGO_TARGET_DIR", out.join("built")));
    out.join("wokd.deb")
}

/// The same package as its next version, whose example says something more.
fn next_version(package: &Path, out: &Path) -> PathBuf {
    let folder = out.join("next");
    run(Command::new("dpkg-deb").arg("-R").arg(package).arg(&folder));
    let control = folder.join("DEBIAN/control");
    let text = fs::read_to_string(&control).unwrap();
    let version = text
        .lines()
        .find(|line| line.starts_with("Version: "))
        .unwrap();
    fs::write(&control, text.replace(version, "Version: 99.0.0-1")).unwrap();
    let example = folder.join(CONFIGURATION);
    let text = fs::read_to_string(&example).unwrap();
    fs::write(&example, text + "# Of the next version.\n").unwrap();
    let next = out.join("next.deb");
    let mut pack = Command::new("dpkg-deb");
    pack.args(["-Znone", "--root-owner-group", "-b"]);
    run(pack.arg(&folder).arg(&next));
    next
}

fn field(package: &Path, name: &str) -> String {
    run(Command::new("dpkg-deb").arg("-f").arg(package).arg(name))
        .trim()
        .to_owned()
}

/// A machine's root: nothing but dpkg's records, which hold what the package depends on as this machine has it.
struct Root(TempDir);

impl Root {
    fn new(package: &Path) -> Self {
        let root = tempfile::tempdir().unwrap();
        let records = root.path().join("var/lib/dpkg");
        for folder in ["info", "updates", "triggers"] {
            fs::create_dir_all(records.join(folder)).unwrap();
        }
        let depends = field(package, "Depends");
        let mut status = String::new();
        let names = depends.split(',');
        let names = names.map(|one| one.split_whitespace().next().unwrap());
        // A library can be named twice, by two of its versions.
        for name in names.collect::<BTreeSet<&str>>() {
            let of_machine = run(Command::new("dpkg-query").args(["-s", name]));
            // Their own dependencies are not what is tested.
            let lines = of_machine.lines();
            let kept = lines
                .filter(|line| !line.starts_with("Depends:") && !line.starts_with("Pre-Depends:"));
            status.extend(kept.map(|line| format!("{line}\n")));
            status.push('\n');
        }
        fs::write(records.join("status"), status).unwrap();
        fs::create_dir(root.path().join("etc")).unwrap();
        Self(root)
    }

    fn at(&self, place: &str) -> PathBuf {
        self.0.path().join(place)
    }

    /// dpkg as an unattended upgrade calls it; its scripts run outside of the root, which has no shell.
    #[track_caller]
    fn dpkg(&self, args: &[&str], package: &Path) -> String {
        let mut dpkg = as_root("dpkg");
        dpkg.arg(format!("--root={}", self.0.path().display()));
        dpkg.arg(format!("--log={}", self.at("dpkg.log").display()));
        dpkg.args([
            "--force-script-chrootless",
            "--force-confdef",
            "--force-confold",
        ]);
        dpkg.arg("--path-include=*").args(args).arg(package);
        run(dpkg.env("DEBIAN_FRONTEND", "noninteractive"))
    }

    /// The installed daemon, which is told of no library or model.
    fn wokd(&self, args: &[&str]) -> Output {
        let mut wokd = Command::new(self.at("usr/bin/wokd"));
        wokd.args(args).current_dir(self.0.path());
        wokd.env_remove("ORT_DYLIB_PATH").output().unwrap()
    }

    /// What the installed daemon says of this machine, its library and its model.
    #[track_caller]
    fn is_healthy(&self) {
        let seen = self.wokd(&["doctor"]);
        assert!(seen.status.success(), "{}", said(&seen));
        let library = self.at("usr/lib/wokd/libonnxruntime.so");
        let library = library.canonicalize().unwrap();
        assert!(
            said(&seen).contains(library.to_str().unwrap()),
            "{}",
            said(&seen)
        );
        assert!(said(&seen).contains("ok    model "), "{}", said(&seen));
        let checked = self.wokd(&["check", self.at(CONFIGURATION).to_str().unwrap()]);
        assert!(checked.status.success(), "{}", said(&checked));
    }

    fn version(&self) -> String {
        let admin = self.at("var/lib/dpkg");
        let mut query = Command::new("dpkg-query");
        query.arg(format!("--admindir={}", admin.display()));
        run(query.args(["-W", "-f=${Version}", "wokd"]))
    }

    /// Every file that has to do with the daemon, from the root, dpkg's own records aside.
    fn files(&self) -> Vec<String> {
        let list = run(Command::new("find").arg(".").current_dir(self.0.path()));
        let ours = list.lines().map(|line| line.trim_start_matches("./"));
        let ours = ours.filter(|line| line.contains("wokd") && !line.starts_with("var/lib/dpkg"));
        ours.map(str::to_owned).collect()
    }
}

#[test]
fn the_package_is_installed_upgraded_rolled_back_removed_and_purged() {
    let out = tempfile::tempdir().unwrap();
    let package = packed(out.path());
    let version = field(&package, "Version");
    let root = Root::new(&package);

    root.dpkg(&["-i"], &package);
    assert_eq!(root.version(), version);
    every_file_is_where_the_package_says(&root, &package);
    the_unit_finds_what_it_names(&root);
    root.is_healthy();
    let passwd = fs::read_to_string(root.at("etc/passwd")).unwrap();
    assert!(
        passwd.contains("\nwokd:") || passwd.starts_with("wokd:"),
        "{passwd}"
    );

    // Without its model it would be found ill: it is this root's model that it found.
    let models = root.at("usr/share/wokd/models");
    fs::rename(&models, root.at("aside")).unwrap();
    assert!(!root.wokd(&["doctor"]).status.success());
    fs::rename(root.at("aside"), &models).unwrap();

    // The family edits its configuration, records, and turns the service on.
    let example = fs::read_to_string(root.at(CONFIGURATION)).unwrap();
    let edited = example.replace("id = \"home\"", "id = \"our-kitchen\"");
    assert_ne!(example, edited);
    fs::write(root.at(CONFIGURATION), &edited).unwrap();
    let recording = root.at("var/lib/wokd/dinner.log");
    fs::create_dir_all(recording.parent().unwrap()).unwrap();
    fs::write(&recording, "a dinner").unwrap();
    let on = root.at("etc/systemd/system/multi-user.target.wants/wokd.service");
    let link = format!("--root={}", root.0.path().display());
    run(Command::new("systemctl").args([&link, "enable", "wokd.service"]));
    assert!(on.symlink_metadata().is_ok());

    let next = next_version(&package, out.path());
    for (package, now) in [(&next, "99.0.0-1"), (&package, version.as_str())] {
        root.dpkg(&["-i"], package);
        assert_eq!(root.version(), now);
        assert_eq!(fs::read_to_string(root.at(CONFIGURATION)).unwrap(), edited);
        assert_eq!(fs::read_to_string(&recording).unwrap(), "a dinner");
        assert!(
            on.symlink_metadata().is_ok(),
            "{now} turned the service off"
        );
        root.is_healthy();
    }

    root.dpkg(&["-r"], Path::new("wokd"));
    assert_eq!(fs::read_to_string(root.at(CONFIGURATION)).unwrap(), edited);
    assert!(recording.exists());
    let kept = ["etc/wokd", "var/lib/wokd", "run/wokd"];
    for file in root.files() {
        assert!(
            kept.iter().any(|kept| file.starts_with(kept)),
            "{file} was not removed"
        );
    }

    let told = root.dpkg(&["-P"], Path::new("wokd"));
    assert!(
        told.contains("/var/lib/wokd/dinner.log (8 bytes)"),
        "{told}"
    );
    assert_eq!(root.files(), Vec::<String>::new());
}

/// The files are those of the archive, of a usual mode, and nobody's but root's.
fn every_file_is_where_the_package_says(root: &Root, package: &Path) {
    let unpacked = tempfile::tempdir().unwrap();
    run(Command::new("dpkg-deb")
        .arg("-x")
        .arg(package)
        .arg(unpacked.path()));
    let files = run(Command::new("find")
        .args([".", "-type", "f"])
        .current_dir(unpacked.path()));
    assert!(files.lines().count() > 20, "{files}");
    for file in files.lines() {
        let read = |root: &Path| fs::read(root.join(file)).unwrap();
        assert!(read(unpacked.path()) == read(root.0.path()), "{file}");
    }
    let listed = run(Command::new("dpkg-deb").arg("-c").arg(package));
    for line in listed.lines() {
        let open = ["-rw-r--r-- 0/0 ", "-rwxr-xr-x 0/0 ", "drwxr-xr-x 0/0 "];
        assert!(open.iter().any(|mode| line.starts_with(mode)), "{line}");
    }
    for (name, words) in [
        ("copyright", "Microsoft"),
        ("onnxruntime/LICENSE", "Microsoft"),
        ("LICENSE-MIT", "wokd"),
        ("crates.txt", "\nrumqttc-next "),
        ("crates.txt", "Permission is hereby granted"),
    ] {
        let text = fs::read_to_string(root.at("usr/share/doc/wokd").join(name)).unwrap();
        assert!(text.contains(words), "{name}: {text}");
    }
    // Debian's own list of changes goes with the version.
    let mut changes = Command::new("zcat");
    let changes = run(changes.arg(root.at("usr/share/doc/wokd/changelog.Debian.gz")));
    let version = field(package, "Version");
    assert!(
        changes.starts_with(&format!("wokd ({version})")),
        "{changes}"
    );
    // A model runs without its card and its golden vectors too, and would not be held to them.
    for name in ["base.onnx", "base.json", "base.golden.safetensors"] {
        assert!(
            root.at("usr/share/wokd/models").join(name).is_file(),
            "{name}"
        );
    }
}

/// The daemon and the configuration of `ExecStart`, and the page of `Documentation`.
fn the_unit_finds_what_it_names(root: &Root) {
    let unit = fs::read_to_string(root.at("usr/lib/systemd/system/wokd.service")).unwrap();
    let of = |key: &str| {
        unit.lines()
            .find_map(|line| line.strip_prefix(key))
            .unwrap()
    };
    let mut command = of("ExecStart=").split_whitespace();
    let daemon = fs::metadata(root.at(&command.next().unwrap()[1..])).unwrap();
    assert_eq!(daemon.permissions().mode() & 0o111, 0o111);
    assert!(root.at(&command.next_back().unwrap()[1..]).is_file());
    let page = of("Documentation=").strip_prefix("file:///").unwrap();
    assert!(root.at(page).is_file(), "{page}");
}
