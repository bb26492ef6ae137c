// SPDX-License-Identifier: Apache-2.0
// GDBus, which libvirt-dbus is built on.
#include <gio/gio.h>

#include "peer.h"

static GDBusConnection *connection;

int peer_connect(void) {
  connection = g_bus_get_sync(G_BUS_TYPE_SESSION, NULL, NULL);
  return connection != NULL;
}

void peer_emit(uint64_t number) {
  GVariantBuilder entries;
  g_variant_builder_init(&entries, G_VARIANT_TYPE("a{sv}"));
  g_variant_builder_add(&entries, "{sv}", "device", g_variant_new_string(DEVICE));
  g_variant_builder_add(&entries, "{sv}", "len", g_variant_new_uint64(LENGTH));
  g_variant_builder_add(&entries, "{sv}", "offset", g_variant_new_uint64(LENGTH));
  g_variant_builder_add(&entries, "{sv}", "type", g_variant_new_string("commit"));
  GVariant *body = g_variant_new("(tsssa{sv})", number, VM, UUID, NAME, &entries);
  if (!g_dbus_connection_emit_signal(connection, NULL, PATH, INTERFACE, "Event", body, NULL)) exit(1);
}

void peer_flush(void) { g_dbus_connection_flush_sync(connection, NULL, NULL); }

static const char interface_xml[] =
    "<node><interface name='" SERVICE "'><method name='Ping'/>"
    "<property name='Name' type='s' access='read'/><property name='UUID' type='s' access='read'/>"
    "<property name='State' type='s' access='read'/><property name='OSType' type='s' access='read'/>"
    "<property name='Active' type='b' access='read'/><property name='Persistent' type='b' access='read'/>"
    "<property name='Autostart' type='b' access='read'/><property name='Id' type='u' access='read'/>"
    "<property name='MaxVcpus' type='u' access='read'/><property name='MaxMemory' type='t' access='read'/>"
    "<property name='CpuTime' type='t' access='read'/><property name='Load' type='d' access='read'/>"
    "</interface></node>";

static void on_call(
    GDBusConnection *unused, const gchar *sender, const gchar *path, const gchar *interface, const gchar *method,
    GVariant *arguments, GDBusMethodInvocation *call, gpointer data) {
  (void)unused, (void)sender, (void)path, (void)interface, (void)method, (void)arguments, (void)data;
  peer_called();
  g_dbus_method_invocation_return_value(call, NULL);
}

static GVariant *on_read(
    GDBusConnection *unused, const gchar *sender, const gchar *path, const gchar *interface, const gchar *name,
    GError **error, gpointer data) {
  (void)unused, (void)sender, (void)path, (void)interface, (void)error, (void)data;
  if (!strcmp(name, "Name")) {
    peer_called();
    return g_variant_new_string(VM);
  }
  if (!strcmp(name, "UUID")) return g_variant_new_string(UUID);
  if (!strcmp(name, "State")) return g_variant_new_string("running");
  if (!strcmp(name, "OSType")) return g_variant_new_string("hvm");
  if (!strcmp(name, "Id") || !strcmp(name, "MaxVcpus")) return g_variant_new_uint32(4);
  if (!strcmp(name, "MaxMemory") || !strcmp(name, "CpuTime")) return g_variant_new_uint64(4194304);
  if (!strcmp(name, "Load")) return g_variant_new_double(12.5);
  return g_variant_new_boolean(TRUE);
}

static void on_name(GDBusConnection *unused, const gchar *name, gpointer data) {
  (void)unused, (void)name, (void)data;
  puts("ready");
  fflush(stdout);
}

void peer_serve(void) {
  static const GDBusInterfaceVTable table = {.method_call = on_call, .get_property = on_read};
  GDBusNodeInfo *node = g_dbus_node_info_new_for_xml(interface_xml, NULL);
  g_dbus_connection_register_object(connection, PATH, node->interfaces[0], &table, NULL, NULL, NULL);
  g_bus_own_name_on_connection(connection, SERVICE, 0, on_name, NULL, NULL, NULL);
  for (;;) g_main_context_iteration(NULL, TRUE);
}
