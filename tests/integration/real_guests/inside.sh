#!/bin/sh
# User data of the guests of these tests: tells on the serial port what is seen from inside.
say() { echo "GUEST $*"; }

# What its disks remember.  Nothing in this text looks like the mark itself.
mark="mark-$((4700 + 11))"
if [ -f /data/mark ]; then say "REMEMBERS $(cat /data/mark)"
else echo "$mark" >/data/mark; sync; say "IS NEW"; fi
for disk in vda vdb; do
    mount -t vfat -o sync "/dev/${disk}1" /mnt 2>/dev/null || continue
    say "$disk HAS $(cat /mnt/mark)"
    umount /mnt
done
if [ -e /dev/vdb ] && [ ! -e /dev/vdb1 ]; then
    case "$(dd if=/dev/vdb bs=512 skip=1000000 count=1 2>/dev/null)" in
        "$mark"*) say "EPHEMERAL DISK REMEMBERS" ;;
        *) echo "$mark" | dd of=/dev/vdb bs=512 seek=1000000 conv=notrunc,fsync 2>/dev/null ;;
    esac
fi

# What the config drive holds.
mkdir -p /cd
drive="$(findfs LABEL=config-2 || findfs LABEL=CONFIG-2)"
mount -o ro -t iso9660 "$drive" /cd 2>/dev/null || mount -o ro -t vfat "$drive" /cd
say "DRIVE $(awk '$2 == "/cd" {print $3}' /proc/mounts)"
say "FILES $(cd /cd && echo $(find ec2/latest openstack/latest openstack/content -type f))"
say "META $(cat /cd/openstack/latest/meta_data.json)"
say "EC2 $(cat /cd/ec2/latest/meta-data.json)"
say "NETWORK $(cat /cd/openstack/latest/network_data.json)"
say "KEYS $(cat /root/.ssh/authorized_keys)"
umount /cd

# What changes while it runs.
(
    while sleep 0.3; do
        now="$(cat /sys/class/net/eth*/address 2>/dev/null | sort | tr '\n' ' ')"
        [ "$now" = "$nics" ] || say "NICS [ $now]"
        nics="$now"
        now="$(grep ^root: /etc/shadow)"
        [ "$now" = "$shadow" ] || say "SHADOW $now"
        shadow="$now"
    done
) &
say "HAS TOLD ALL"
