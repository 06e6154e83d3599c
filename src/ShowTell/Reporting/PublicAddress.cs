using System.Net;
using System.Net.Sockets;

namespace ShowTell.Reporting;

/// <summary>
/// Tells public internet addresses from those of this machine and its network, which URLs from a dataset must not
/// reach.
/// </summary>
internal static class PublicAddress
{
    // The registries of special-purpose addresses (RFC 6890 and its updates).
    private static readonly IPNetwork[] s_special =
    [
        .. from network in new[]
           {
               "0.0.0.0/8", // this network
               "10.0.0.0/8", // private
               "100.64.0.0/10", // shared by a provider's customers (CGNAT)
               "127.0.0.0/8", // loopback
               "169.254.0.0/16", // link-local, with the clouds' metadata services
               "172.16.0.0/12", // private
               "192.0.0.0/24", // protocol assignments
               "192.0.2.0/24", // documentation
               "192.88.99.0/24", // relays to IPv6
               "192.168.0.0/16", // private
               "198.18.0.0/15", // benchmarks
               "198.51.100.0/24", // documentation
               "203.0.113.0/24", // documentation
               "224.0.0.0/4", // multicast
               "240.0.0.0/4", // reserved, and broadcast
               "2001::/23", // protocol assignments, with Teredo
               "2001:db8::/32", // documentation
               "2002::/16", // 6to4: an IPv4 address within
               "3fff::/20", // documentation
           }
           select IPNetwork.Parse(network)
    ];

    // Other IPv6 addresses are loopback, link-local, unique-local, multicast, translated or unassigned.
    private static readonly IPNetwork s_globalUnicast = IPNetwork.Parse("2000::/3");

    /// <summary>Whether an address is public.</summary>
    public static bool Contains(IPAddress address)
    {
        address = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        bool isAssigned = address.AddressFamily == AddressFamily.InterNetwork || s_globalUnicast.Contains(address);
        return isAssigned && !Array.Exists(s_special, network => network.Contains(address));
    }
}
