//! The shipped unit and its companions, judged by systemd's own tools.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what a test cannot have, it fails by"
)]

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

const SHIPPED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../systemd");
const UNITS: &str = "usr/lib/systemd/system";
/// What the unit may expose: `systemd-analyze security`'s figure, from 0 to 10.
const EXPOSURE: f64 = 1.5;

fn tool(name: &str) -> PathBuf {
    let cache = concat!(env!("CARGO_MANIFEST_DIR"), "/../../.cache/udev");
    let cached = ["bin", "usr/bin"].map(|bin| Path::new(cache).join(bin));
    let folders = ["/usr/bin", "/bin", "/usr/sbin", "/sbin"].map(PathBuf::from);
    folders
        .into_iter()
        .chain(cached)
        .map(|folder| folder.join(name))
        .find(|path| path.exists())
        .unwrap_or_else(|| panic!("{name} is not installed; run `cargo xtask setup`"))
}

fn put(from: &str, root: &Path, to: &str) {
    let to = root.join(to);
    fs::create_dir_all(to.parent().unwrap()).unwrap();
    fs::copy(Path::new(SHIPPED).join(from), to).unwrap();
}

/// A root with the unit, something to start, and the units of this machine that it names.
fn root(drop_ins: bool) -> TempDir {
    let root = tempfile::tempdir().unwrap();
    put(
        "wokd.service",
        root.path(),
        "usr/lib/systemd/system/wokd.service",
    );
    if drop_ins {
        for name in ["10-lan.conf", "20-no-jit.conf"] {
            let shipped = format!("wokd.service.d/{name}");
            put(&shipped, root.path(), &format!("{UNITS}/{shipped}"));
        }
    }
    let program = root.path().join("usr/bin/wokd");
    fs::create_dir_all(program.parent().unwrap()).unwrap();
    fs::write(&program, "#!/bin/sh\n").unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    for unit in Path::new("/").join(UNITS).read_dir().unwrap() {
        let unit = unit.unwrap().path();
        if unit.extension().is_some_and(|kind| kind == "target") && unit.exists() {
            let name = unit.file_name().unwrap();
            fs::copy(&unit, root.path().join(UNITS).join(name)).unwrap();
        }
    }
    root
}

/// Runs a program of systemd on a root.
fn on(root: &Path, name: &str, args: &[&str]) -> Output {
    Command::new(tool(name))
        .args(args)
        .arg(format!("--root={}", root.display()))
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    String::from_utf8_lossy(&text).into_owned()
}

#[test]
fn the_unit_exposes_little_with_its_drop_ins_and_without() {
    for drop_ins in [true, false] {
        let root = root(drop_ins);
        let args = ["security", "--offline=true", "--no-pager", "wokd.service"];
        let said = said(&on(root.path(), "systemd-analyze", &args));
        let (_, level) = said
            .split_once("Overall exposure level for wokd.service: ")
            .unwrap_or_else(|| panic!("no level in\n{said}"));
        let level: f64 = level.split_whitespace().next().unwrap().parse().unwrap();
        let with = if drop_ins { "with" } else { "without" };
        // Past the test's captured output: the figure is for whoever reads the log.
        let mut log = std::io::stderr();
        writeln!(log, "wokd.service exposes {level} {with} its drop-ins").unwrap();
        assert!(level <= EXPOSURE, "{said}");
    }
}

/// What `systemd-analyze verify` finds; nothing where all is well.
fn faults(root: &Path) -> String {
    let output = on(
        root,
        "systemd-analyze",
        &["verify", "--man=no", "wokd.service"],
    );
    let said = said(&output);
    assert_eq!(output.status.success(), said.is_empty(), "{said}");
    said
}

#[test]
fn systemd_finds_no_fault_in_the_unit() {
    let root = root(true);
    assert_eq!(faults(root.path()), "");
}

#[test]
fn a_program_that_is_not_where_the_unit_says_is_a_fault() {
    let root = root(true);
    fs::remove_file(root.path().join("usr/bin/wokd")).unwrap();
    assert!(faults(root.path()).contains("/usr/bin/wokd"));
}

#[test]
fn the_service_has_its_user_its_groups_and_its_folders() {
    let root = tempfile::tempdir().unwrap();
    put("wokd.sysusers", root.path(), "usr/lib/sysusers.d/wokd.conf");
    put("wokd.tmpfiles", root.path(), "usr/lib/tmpfiles.d/wokd.conf");
    fs::create_dir(root.path().join("etc")).unwrap();
    let made = on(root.path(), "systemd-sysusers", &[]);
    assert!(made.status.success(), "{}", said(&made));
    let read = |file: &str| fs::read_to_string(root.path().join(file)).unwrap();
    let passwd = read("etc/passwd");
    let user = passwd.lines().find(|line| line.starts_with("wokd:"));
    let fields: Vec<&str> = user.unwrap().split(':').collect();
    assert_eq!(fields[5..], ["/var/lib/wokd", "/usr/sbin/nologin"]);
    let unit = fs::read_to_string(Path::new(SHIPPED).join("wokd.service")).unwrap();
    let groups = unit
        .lines()
        .find_map(|line| line.strip_prefix("SupplementaryGroups="));
    for group in groups.unwrap().split_whitespace() {
        let table = read("etc/group");
        let line = table
            .lines()
            .find(|line| line.starts_with(&format!("{group}:")));
        assert!(
            line.is_some_and(|line| line.ends_with(":wokd")),
            "{group}: {table}"
        );
    }

    let made = on(root.path(), "systemd-tmpfiles", &["--create", "wokd.conf"]);
    // Giving a folder to another user is root's alone.
    let we_are_root = fs::metadata("/proc/self").unwrap().uid() == 0;
    assert!(made.status.success() || !we_are_root, "{}", said(&made));
    let (uid, gid): (u32, u32) = (fields[2].parse().unwrap(), fields[3].parse().unwrap());
    for (folder, owner) in [("etc/wokd", 0), ("run/wokd", uid)] {
        let folder = fs::metadata(root.path().join(folder)).unwrap();
        if we_are_root {
            assert_eq!(
                (folder.mode() & 0o7777, folder.uid(), folder.gid()),
                (0o750, owner, gid)
            );
        }
    }
}

/// What udev says of a file of rules. `udevadm verify` came with systemd 254; before, the rules are
/// read by `udevadm test`, which knows only its own folders: hence a /run of its own.
fn rule_faults(rules: &Path) -> String {
    let udevadm = tool("udevadm");
    let verify = |args: &[&Path]| Command::new(&udevadm).arg("verify").args(args).output();
    if verify(&[Path::new("--help")]).unwrap().status.success() {
        let output = verify(&[Path::new("--no-summary"), rules]).unwrap();
        return if output.status.success() {
            String::new()
        } else {
            said(&output)
        };
    }
    let script = "mount -t tmpfs none /run && mkdir -p /run/udev/rules.d \
        && cp \"$1\" /run/udev/rules.d/60-wokd.rules && \"$0\" test /sys/class/net/lo";
    let output = Command::new("unshare")
        .args(["--mount", "--map-root-user", "sh", "-c", script])
        .args([&udevadm, rules])
        .output()
        .unwrap();
    let said = said(&output);
    assert!(output.status.success(), "{said}");
    assert!(
        said.contains("Reading rules file: /run/udev/rules.d/60-wokd.rules"),
        "{said}"
    );
    let ours = said
        .lines()
        .filter(|line| line.starts_with("/run/udev/rules.d/60-wokd.rules:"));
    ours.map(|line| format!("{line}\n")).collect()
}

#[test]
fn udev_takes_every_rule_and_would_refuse_a_wrong_one() {
    let shipped = Path::new(SHIPPED).join("60-wokd.rules");
    assert_eq!(rule_faults(&shipped), "");
    let text = fs::read_to_string(&shipped).unwrap();
    let spoiled = tempfile::Builder::new()
        .suffix(".rules")
        .tempfile()
        .unwrap();
    fs::write(
        spoiled.path(),
        text.replacen("ATTRS{idVendor}", "ATRS{idVendor}", 1),
    )
    .unwrap();
    assert!(rule_faults(spoiled.path()).contains("ATRS"));
}
