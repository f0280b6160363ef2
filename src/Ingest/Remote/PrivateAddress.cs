using System.Net;
using System.Net.Sockets;

namespace DataPipeline.Ingest.Remote;

/// <summary>Addresses that lead into the machine or its own network (RFC 6890): a server outside must not be able to send us there.</summary>
internal static class PrivateAddress
{
    private static readonly IPNetwork[] Networks =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/3",
            "::/127", "64:ff9b:1::/48", "fc00::/7", "fe80::/10", "ff00::/8",
        }.Select(text => IPNetwork.Parse(text)),
    ];

    // An IPv4 address inside NAT64 and 6to4 addresses is reached through them.
    private static readonly IPNetwork Nat64 = IPNetwork.Parse("64:ff9b::/96"), SixToFour = IPNetwork.Parse("2002::/16");

    /// <summary>True for loopback, link-local, private, shared, multicast and reserved addresses, also where an IPv6 address wraps an IPv4 one.</summary>
    public static bool Is(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        if (Networks.Any(network => network.BaseAddress.AddressFamily == address.AddressFamily && network.Contains(address)))
            return true;
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
            return false;
        ReadOnlySpan<byte> bytes = address.GetAddressBytes();
        return Nat64.Contains(address) && Is(new IPAddress(bytes[12..])) || SixToFour.Contains(address) && Is(new IPAddress(bytes[2..6]));
    }
}
