# DevStack calls this with "stack <phase>", "unstack" and "clean"; see README.rst.

_nova_conf="$NOVA_PLUGIN_CONF_DIR/nova.conf"
_nova_compute_conf="$NOVA_PLUGIN_CONF_DIR/nova-compute.conf"
_placement_conf="$NOVA_PLUGIN_CONF_DIR/placement.conf"

# _account FILE GROUP USER: how our processes log in to other services.
_account() {
    iniset "$1" "$2" auth_type password
    iniset "$1" "$2" auth_url "$KEYSTONE_SERVICE_URI"
    iniset "$1" "$2" username "$3"
    iniset "$1" "$2" password "$SERVICE_PASSWORD"
    iniset "$1" "$2" project_name "$SERVICE_PROJECT_NAME"
    iniset "$1" "$2" user_domain_name "$SERVICE_DOMAIN_NAME"
    iniset "$1" "$2" project_domain_name "$SERVICE_DOMAIN_NAME"
}

# _login FILE GROUP USER: the same, with where endpoints are to be looked for.
_login() {
    _account "$@"
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
    _login "$file" placement placement
    _login "$file" neutron neutron
    _login "$file" keystone nova
    _account "$file" service_user nova
    iniset "$file" service_user send_service_user_token True
    iniset "$file" glance region_name "$REGION_NAME"
    _account "$file" cinder nova
    iniset "$file" cinder os_region_name "$REGION_NAME"
    iniset "$file" neutron service_metadata_proxy True
    iniset "$file" neutron metadata_proxy_shared_secret "${METADATA_PROXY_SHARED_SECRET:-$SERVICE_PASSWORD}"
    iniset "$file" vnc server_listen "$HOST_IP"
    iniset "$file" vnc server_proxyclient_address "$HOST_IP"
    iniset "$file" vnc novncproxy_host "$SERVICE_LISTEN_ADDRESS"
    iniset "$file" vnc novncproxy_port "$NOVA_PLUGIN_NOVNC_PORT"
    iniset "$file" vnc novncproxy_base_url "http://$SERVICE_HOST:$NOVA_PLUGIN_NOVNC_PORT/vnc_auto.html"
}

_nova_configure() {
    sudo install -d -o "$STACK_USER" "$NOVA_PLUGIN_CONF_DIR"
    install -d "$NOVA_PLUGIN_STATE_DIR" "$NOVA_PLUGIN_STATE_DIR/lock"
    rm -f "$_nova_conf" "$_nova_compute_conf" "$_placement_conf"
    _nova_configure_common "$_nova_conf"
    _nova_configure_common "$_nova_compute_conf"
    iniset "$_nova_conf" api_database connection "$(database_connection_url nova_api)"
    iniset "$_nova_conf" database connection "$(database_connection_url nova_cell1)"
    _login "$_nova_conf" keystone_authtoken nova
    # Compute hosts hold no credentials of databases.
    iniset "$_nova_compute_conf" DEFAULT compute_driver libvirt.LibvirtDriver
    iniset "$_nova_compute_conf" libvirt virt_type "${LIBVIRT_TYPE:-qemu}"
    iniset "$_nova_compute_conf" os_vif_ovs ovsdb_connection "$NOVA_PLUGIN_OVSDB"
    iniset "$_nova_compute_conf" vif_plug_ovs_privileged helper_command \
        "sudo $(which privsep-helper) --config-file $_nova_compute_conf"
    iniset "$_placement_conf" placement_database connection "$(database_connection_url placement)"
    _login "$_placement_conf" keystone_authtoken placement
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

_nova_schemas() {
    placement-manage --config-file "$_placement_conf" db sync
    _nova_manage api_db sync
    _nova_manage db sync
}

_nova_databases() {
    local name
    for name in nova_api nova_cell0 nova_cell1 placement; do recreate_database "$name"; done
    _nova_manage api_db sync
    _nova_manage cell_v2 map_cell0 --database_connection "$(database_connection_url nova_cell0)"
    _nova_schemas
    _nova_manage cell_v2 create_cell --name cell1
}

_nova_start() {
    run_process nova-placement "$(which nova-placement-api) --config-file $_placement_conf --host $SERVICE_LISTEN_ADDRESS --port $NOVA_PLUGIN_PLACEMENT_PORT"
    run_process nova-conductor "$(which nova-conductor) --config-file $_nova_conf"
    run_process nova-scheduler "$(which nova-scheduler) --config-file $_nova_conf"
    run_process nova-api "$(which nova-api) --config-file $_nova_conf"
    run_process nova-metadata "$(which nova-metadata-api) --config-file $_nova_conf"
    run_process nova-novncproxy "$(which nova-novncproxy) --config-file $_nova_conf"
    run_process nova-compute "$(which nova-compute) --config-file $_nova_compute_conf" "$LIBVIRT_GROUP"
}

_nova_stop() {
    local name
    for name in nova-compute nova-novncproxy nova-metadata nova-api nova-scheduler nova-conductor \
        nova-placement; do
        stop_process "$name"
    done
}

case "$1:${2:-}" in
    stack:install) _nova_install ;;
    stack:post-config) _nova_configure; _nova_accounts; _nova_databases ;;
    stack:extra) _nova_start ;;
    # By then the compute host has told that it is there.
    stack:test-config) _nova_manage cell_v2 discover_hosts ;;
    unstack:*) _nova_stop ;;
    clean:*) sudo rm -rf "$_nova_conf" "$_nova_compute_conf" "$_placement_conf" "$NOVA_PLUGIN_STATE_DIR" ;;
esac
