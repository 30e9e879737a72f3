# DevStack calls this with "stack <phase>", "unstack" and "clean"; see README.rst.

_nova_conf="$NOVA_PLUGIN_CONF_DIR/nova.conf"
_nova_compute_conf="$NOVA_PLUGIN_CONF_DIR/nova-compute.conf"
_placement_conf="$NOVA_PLUGIN_CONF_DIR/placement.conf"
# What Tempest may ask of us, and what it may not ask yet.
_nova_offers="console_output vnc_console rescue stable_rescue config_drive metadata_service snapshot
    pause suspend interface_attach"
_nova_lacks="resize cold_migration live_migration shelve serial_console spice_console personality
    attach_encrypted_volume swap_volume volume_multiattach volume_backed_live_migration
    block_migration_for_live_migration change_password"

# _nova_trust FILE GROUP: whose certificates count, where DevStack's proxies speak TLS.
_nova_trust() {
    if is_service_enabled tls-proxy; then iniset "$1" "$2" cafile "$SSL_BUNDLE_FILE"; fi
}

# _nova_account FILE GROUP USER: how our processes log in to other services.
_nova_account() {
    iniset "$1" "$2" auth_type password
    iniset "$1" "$2" auth_url "$KEYSTONE_SERVICE_URI"
    iniset "$1" "$2" username "$3"
    iniset "$1" "$2" password "$SERVICE_PASSWORD"
    iniset "$1" "$2" project_name "$SERVICE_PROJECT_NAME"
    iniset "$1" "$2" user_domain_name "$SERVICE_DOMAIN_NAME"
    iniset "$1" "$2" project_domain_name "$SERVICE_DOMAIN_NAME"
    _nova_trust "$1" "$2"
}

# _nova_login FILE GROUP USER: the same, with where endpoints are to be looked for.
_nova_login() {
    _nova_account "$@"
    iniset "$1" "$2" region_name "$REGION_NAME"
}

_nova_install() {
    setup_develop "$DEST/nova" libvirt,mysql,postgresql
}

_nova_configure_common() {
    local file="$1"
    iniset "$file" DEFAULT transport_url "$(get_transport_url)"
    iniset "$file" DEFAULT state_path "$NOVA_PLUGIN_STATE_DIR"
    iniset "$file" DEFAULT my_ip "$HOST_IP"
    iniset "$file" DEFAULT debug "$ENABLE_DEBUG_LOG_LEVEL"
    iniset "$file" DEFAULT osapi_compute_listen "$SERVICE_LISTEN_ADDRESS"
    iniset "$file" DEFAULT metadata_listen "$SERVICE_LISTEN_ADDRESS"
    iniset "$file" DEFAULT osapi_compute_listen_port "$NOVA_PLUGIN_COMPUTE_PORT"
    iniset "$file" DEFAULT metadata_listen_port "$NOVA_PLUGIN_METADATA_PORT"
    iniset "$file" oslo_concurrency lock_path "$NOVA_PLUGIN_STATE_DIR/lock"
    _nova_login "$file" placement placement
    _nova_login "$file" neutron neutron
    _nova_login "$file" keystone nova
    _nova_account "$file" service_user nova
    iniset "$file" service_user send_service_user_token True
    iniset "$file" glance region_name "$REGION_NAME"
    _nova_trust "$file" glance
    _nova_account "$file" cinder nova
    iniset "$file" cinder os_region_name "$REGION_NAME"
    iniset "$file" neutron service_metadata_proxy True
    # Agents that DevStack configures sign with no secret.
    iniset "$file" neutron metadata_proxy_shared_secret "${METADATA_PROXY_SHARED_SECRET:-}"
    iniset "$file" vnc server_listen "$HOST_IP"
    iniset "$file" vnc server_proxyclient_address "$HOST_IP"
    iniset "$file" vnc novncproxy_host "$SERVICE_LISTEN_ADDRESS"
    iniset "$file" vnc novncproxy_port "$NOVA_PLUGIN_NOVNC_PORT"
    iniset "$file" vnc novncproxy_base_url "http://$SERVICE_HOST:$NOVA_PLUGIN_NOVNC_PORT/vnc_auto.html"
}

# DevStack wishes for KVM, whether the machine has it or not.
_nova_virt_type() {
    local wanted="${LIBVIRT_TYPE:-kvm}"
    if [[ "$wanted" == kvm && ! -e /dev/kvm ]]; then wanted=qemu; fi
    echo "$wanted"
}

_nova_configure() {
    sudo install -d -o "$STACK_USER" "$NOVA_PLUGIN_CONF_DIR"
    install -d "$NOVA_PLUGIN_STATE_DIR" "$NOVA_PLUGIN_STATE_DIR/lock"
    rm -f "$_nova_conf" "$_nova_compute_conf" "$_placement_conf"
    _nova_configure_common "$_nova_conf"
    _nova_configure_common "$_nova_compute_conf"
    iniset "$_nova_conf" api_database connection "$(database_connection_url nova_api)"
    iniset "$_nova_conf" database connection "$(database_connection_url nova_cell1)"
    _nova_login "$_nova_conf" keystone_authtoken nova
    # Compute hosts hold no credentials of databases.
    iniset "$_nova_compute_conf" DEFAULT compute_driver libvirt.LibvirtDriver
    iniset "$_nova_compute_conf" libvirt virt_type "$(_nova_virt_type)"
    iniset "$_nova_compute_conf" os_vif_ovs ovsdb_connection "$NOVA_PLUGIN_OVSDB"
    iniset "$_placement_conf" placement_database connection "$(database_connection_url placement)"
    _nova_login "$_placement_conf" keystone_authtoken placement
}

_nova_accounts() {
    create_service_user nova admin
    create_service_user placement admin
    # What lets other services trust our word for users whose tokens have expired.
    get_or_add_user_project_role service nova "$SERVICE_PROJECT_NAME" \
        "$SERVICE_DOMAIN_NAME" "$SERVICE_DOMAIN_NAME"
    get_or_create_service nova compute "OpenStack Compute"
    get_or_create_endpoint compute "$REGION_NAME" "http://$SERVICE_HOST:$NOVA_PLUGIN_COMPUTE_PORT/v2.1"
    get_or_create_service placement placement "OpenStack Placement"
    get_or_create_endpoint placement "$REGION_NAME" "http://$SERVICE_HOST:$NOVA_PLUGIN_PLACEMENT_PORT"
}

_nova_manage() { nova-manage --config-file "$_nova_conf" "$@"; }

# Those of an earlier version, made newer.
_nova_schemas() {
    placement-manage --config-file "$_placement_conf" db sync
    _nova_manage api_db sync
    _nova_manage db sync
}

_nova_databases() {
    local name
    for name in nova_api nova_cell0 nova_cell1 placement; do recreate_database "$name"; done
    placement-manage --config-file "$_placement_conf" db sync
    _nova_manage api_db sync
    _nova_manage cell_v2 map_cell0 --database_connection "$(database_connection_url nova_cell0)"
    _nova_manage db sync
    _nova_manage cell_v2 create_cell --name cell1
}

_nova_start() {
    run_process nova-placement "$(which nova-placement-api) --config-file $_placement_conf --host $SERVICE_LISTEN_ADDRESS --port $NOVA_PLUGIN_PLACEMENT_PORT"
    run_process nova-conductor "$(which nova-conductor) --config-file $_nova_conf"
    run_process nova-scheduler "$(which nova-scheduler) --config-file $_nova_conf"
    run_process nova-api "$(which nova-api) --config-file $_nova_conf"
    run_process nova-metadata "$(which nova-metadata-api) --config-file $_nova_conf"
    run_process nova-novncproxy "$(which nova-novncproxy) --config-file $_nova_conf"
    # What it does to disks and devices takes root.
    run_process nova-compute "$(which nova-compute) --config-file $_nova_compute_conf" "" root
}

# Servers can be sent to a host once it told of itself and is mapped.
_nova_map_host() {
    local tries=60
    while [[ "$(_nova_manage cell_v2 list_hosts)" != *" $(hostname) "* ]]; do
        tries=$((tries - 1))
        if [[ "$tries" == 0 ]]; then die $LINENO "nova-compute has not told of itself"; fi
        sleep 1
        _nova_manage cell_v2 discover_hosts
    done
}

# DevStack makes flavors for its own Nova only.  They have the names and sizes of those.
_nova_flavors() {
    local cloud="openstack --os-cloud devstack-admin --os-region-name $REGION_NAME" id ram disk cpus name
    while read -r id ram disk cpus name; do
        if $cloud flavor show "$id" >/dev/null 2>&1 </dev/null; then continue; fi
        $cloud flavor create --id "$id" --ram "$ram" --disk "$disk" --vcpus "$cpus" "$name" </dev/null
    done <<'END'
1 512 1 1 m1.tiny
2 2048 20 1 m1.small
3 4096 40 2 m1.medium
4 8192 80 4 m1.large
5 16384 160 8 m1.xlarge
END
}

# DevStack tells Tempest that nobody computes, as its own Nova does not.
_nova_tempest() {
    local feature
    if ! is_service_enabled tempest; then return 0; fi
    iniset "$TEMPEST_CONFIG" service_available nova True
    for feature in $_nova_offers; do
        iniset "$TEMPEST_CONFIG" compute-feature-enabled "$feature" True
    done
    for feature in $_nova_lacks; do
        iniset "$TEMPEST_CONFIG" compute-feature-enabled "$feature" False
    done
}

_nova_stop() {
    local name
    for name in nova-compute nova-novncproxy nova-metadata nova-api nova-scheduler nova-conductor \
        nova-placement; do
        stop_process "$name"
    done
}

# Guests outlive the process that started them.
_nova_forget_guests() {
    local name
    for name in $(sudo virsh list --all --name | awk '/^instance-/'); do
        sudo virsh destroy "$name" || true
        sudo virsh undefine --managed-save --nvram "$name" || true
    done
}

_nova_clean() {
    if command -v virsh >/dev/null; then _nova_forget_guests; fi
    sudo rm -rf "$_nova_conf" "$_nova_compute_conf" "$_placement_conf" "$NOVA_PLUGIN_STATE_DIR"
}

case "$1:${2:-}" in
    stack:install) _nova_install ;;
    stack:post-config) _nova_configure; _nova_accounts; _nova_databases ;;
    stack:extra)
        _nova_start
        wait_for_service "$SERVICE_TIMEOUT" "http://$SERVICE_HOST:$NOVA_PLUGIN_COMPUTE_PORT/"
        _nova_map_host
        _nova_flavors
        ;;
    # After DevStack's own settings of Tempest.
    stack:test-config) _nova_tempest ;;
    unstack:*) _nova_stop ;;
    clean:*) _nova_clean ;;
esac
