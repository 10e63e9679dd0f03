// Debian's static libzmq refers to three libraries that this program never uses: Kerberos (GSSAPI)
// for a security mechanism that is not CURVE, PGM and NORM for multicast. Linking them would double
// what an agent keeps in memory, and Kerberos has no static library at all. These stand in for
// them: nothing calls them, because the agent sets CURVE and connects by tcp:// and ipc:// only,
// and whatever did would end the process at once. See docs/decisions/0012.
#include <cstdio>
#include <cstdlib>

namespace {

[[noreturn]] void absent(const char* name) {
  std::fprintf(stderr, "headroom-agent: %s is not in this program\n", name);
  std::abort();
}

}  // namespace

// libzmq is C++ but asks for all of these by their C names.
#define HEADROOM_ABSENT(name) \
  extern "C" [[noreturn]] void name() { absent(#name); }

extern "C" {
// What libzmq calls when its first context begins and its last one ends: PGM's true.
int pgm_init() { return 1; }
int pgm_shutdown() { return 1; }

const void* GSS_C_NT_USER_NAME = nullptr;
const void* GSS_C_NT_HOSTBASED_SERVICE = nullptr;
const void* NORM_INSTANCE_INVALID = nullptr;
const void* NORM_NODE_ANY = nullptr;
const void* NORM_OBJECT_INVALID = nullptr;
const void* NORM_SESSION_INVALID = nullptr;
}

HEADROOM_ABSENT(NormCreateInstance)
HEADROOM_ABSENT(NormCreateSession)
HEADROOM_ABSENT(NormDestroyInstance)
HEADROOM_ABSENT(NormDestroySession)
HEADROOM_ABSENT(NormGetDescriptor)
HEADROOM_ABSENT(NormGetNextEvent)
HEADROOM_ABSENT(NormGetRandomSessionId)
HEADROOM_ABSENT(NormIsUnicastAddress)
HEADROOM_ABSENT(NormNodeDelete)
HEADROOM_ABSENT(NormObjectGetType)
HEADROOM_ABSENT(NormObjectGetUserData)
HEADROOM_ABSENT(NormObjectSetUserData)
HEADROOM_ABSENT(NormSetCongestionControl)
HEADROOM_ABSENT(NormSetDefaultSyncPolicy)
HEADROOM_ABSENT(NormSetDefaultUnicastNack)
HEADROOM_ABSENT(NormSetLoopback)
HEADROOM_ABSENT(NormSetMulticastInterface)
HEADROOM_ABSENT(NormSetRxPortReuse)
HEADROOM_ABSENT(NormSetTTL)
HEADROOM_ABSENT(NormStartReceiver)
HEADROOM_ABSENT(NormStartSender)
HEADROOM_ABSENT(NormStopInstance)
HEADROOM_ABSENT(NormStopReceiver)
HEADROOM_ABSENT(NormStopSender)
HEADROOM_ABSENT(NormStreamFlush)
HEADROOM_ABSENT(NormStreamOpen)
HEADROOM_ABSENT(NormStreamRead)
HEADROOM_ABSENT(NormStreamSeekMsgStart)
HEADROOM_ABSENT(NormStreamWrite)
HEADROOM_ABSENT(gss_accept_sec_context)
HEADROOM_ABSENT(gss_acquire_cred)
HEADROOM_ABSENT(gss_delete_sec_context)
HEADROOM_ABSENT(gss_display_name)
HEADROOM_ABSENT(gss_import_name)
HEADROOM_ABSENT(gss_init_sec_context)
HEADROOM_ABSENT(gss_release_buffer)
HEADROOM_ABSENT(gss_release_cred)
HEADROOM_ABSENT(gss_release_name)
HEADROOM_ABSENT(gss_unwrap)
HEADROOM_ABSENT(gss_wrap)
HEADROOM_ABSENT(pgm_bind3)
HEADROOM_ABSENT(pgm_close)
HEADROOM_ABSENT(pgm_connect)
HEADROOM_ABSENT(pgm_error_free)
HEADROOM_ABSENT(pgm_free)
HEADROOM_ABSENT(pgm_freeaddrinfo)
HEADROOM_ABSENT(pgm_getaddrinfo)
HEADROOM_ABSENT(pgm_getsockopt)
HEADROOM_ABSENT(pgm_gsi_create_from_data)
HEADROOM_ABSENT(pgm_recvmsgv)
HEADROOM_ABSENT(pgm_send)
HEADROOM_ABSENT(pgm_setsockopt)
HEADROOM_ABSENT(pgm_socket)
