using System.Net;
using System.Net.Sockets;
using ShowTell.Reporting;
using Xunit;

namespace ShowTell.Tests.Reporting;

/// <summary>URLs that a dataset may contain to reach this machine or its network: none of them does.</summary>
public sealed class HostileUrlTests : IDisposable
{
    /// <summary>PORT becomes that of a server on 127.0.0.1; every name resolves to 127.0.0.1.</summary>
    private static readonly string[] s_urls =
    [
        // Spellings of loopback.
        "http://127.0.0.1:PORT/x.gif", "http://127.1:PORT/x.gif", "http://127.0.1:PORT/x.gif",
        "http://2130706433:PORT/x.gif", "http://0x7f000001:PORT/x.gif", "http://0x7f.0.0.1:PORT/x.gif",
        "http://0177.0.0.1:PORT/x.gif", "http://017700000001:PORT/x.gif", "http://0177.0x0.0.1:PORT/x.gif",
        "http://127.0.0.01:PORT/x.gif", "http://127.127.127.127:PORT/x.gif", "http://localhost:PORT/x.gif",
        "http://LOCALHOST:PORT/x.gif", "http://localhost.:PORT/x.gif", "http://127.0.0.1.:PORT/x.gif",
        "http://0:PORT/x.gif", "http://0.0.0.0:PORT/x.gif", "https://127.0.0.1:PORT/x.gif",

        // IPv6, and IPv4 inside it.
        "http://[::1]:PORT/x.gif", "http://[::]:PORT/x.gif", "http://[0:0:0:0:0:0:0:1]:PORT/x.gif",
        "http://[::ffff:127.0.0.1]:PORT/x.gif", "http://[::ffff:7f00:1]:PORT/x.gif", "http://[::127.0.0.1]:PORT/x.gif",
        "http://[::ffff:0:127.0.0.1]:PORT/x.gif", "http://[64:ff9b::127.0.0.1]:PORT/x.gif",
        "http://[64:ff9b::7f00:1]:PORT/x.gif", "http://[64:ff9b:1::7f00:1]:PORT/x.gif",
        "http://[2002:7f00:1::]:PORT/x.gif", "http://[2001:0:7f00:1::]:PORT/x.gif", "http://[fe80::1%251]:PORT/x.gif",
        "http://[fe80::1%25eth0]:PORT/x.gif", "http://[fc00::1]:PORT/x.gif", "http://[fd00:ec2::254]:PORT/x.gif",
        "http://[ff02::1]:PORT/x.gif", "http://[fec0::1]:PORT/x.gif",

        // Private networks, and the clouds' metadata.
        "http://10.0.0.1/x.gif", "http://172.16.0.1/x.gif", "http://172.31.255.255/x.gif", "http://192.168.0.1/x.gif",
        "http://100.64.0.1/x.gif", "http://169.254.169.254/latest/meta-data/", "http://2852039166/latest/meta-data/",
        "http://0xa9fea9fe/latest/meta-data/", "http://[::ffff:169.254.169.254]/latest/meta-data/",
        "http://metadata.google.internal:PORT/x.gif", "http://198.18.0.1/x.gif", "http://224.0.0.1/x.gif",
        "http://255.255.255.255/x.gif", "http://192.0.2.1/x.gif",

        // Hosts that look like others.
        "http://example.org@127.0.0.1:PORT/x.gif", "http://user:secret@127.0.0.1:PORT/x.gif",
        "http://127.0.0.1:PORT@localhost/x.gif", "http://example.org:80@127.0.0.1:PORT/x.gif",
        "http://example.org%40127.0.0.1:PORT/x.gif", "http://127.0.0.1:PORT\\@example.org/x.gif",
        "http:\\\\127.0.0.1:PORT\\x.gif", "http:/127.0.0.1:PORT/x.gif", "http:///127.0.0.1:PORT/x.gif",
        "http://127.0.0.1:PORT#@example.org/x.gif", "http://127.0.0.1:PORT?@example.org/x.gif",
        " http://127.0.0.1:PORT/x.gif", "ht\ttp://127.0.0.1:PORT/x.gif", "http://127.0.0\t.1:PORT/x.gif",
        "http://127.0.0.1\n:PORT/x.gif", "http://127\u30020\u30020\u30021:PORT/x.gif",
        "http://\u2460\u2461\u2466.\u24EA.\u24EA.\u2460:PORT/x.gif", "http://\uFF11\uFF12\uFF17.0.0.1:PORT/x.gif",
        "http://127.0.0.1.nip.io:PORT/x.gif", "http://localtest.me:PORT/x.gif", "http://%31%32%37.0.0.1:PORT/x.gif",
        "http://" + "a.very.long.host." + "x.gif:PORT/x.gif",

        // Other protocols.
        "data:image/gif;base64,R0lGODlhAQABAAAAACw=", "file:///etc/passwd", "file://127.0.0.1/etc/passwd",
        "/etc/passwd",
        "\\\\127.0.0.1\\share\\x.gif", "//127.0.0.1:PORT/x.gif", "ftp://127.0.0.1:PORT/x.gif",
        "gopher://127.0.0.1:PORT/_GET", "dict://127.0.0.1:PORT/", "ws://127.0.0.1:PORT/", "jar:http://127.0.0.1:PORT!/",
        "javascript:alert(1)", "net.tcp://127.0.0.1:PORT/", "unix:/var/run/docker.sock", "http+unix://%2Fvar%2Frun/",
        "view-source:http://127.0.0.1:PORT/", "http://", "http:", "://127.0.0.1:PORT", "",
    ];

    private readonly string _cache = Directory.CreateTempSubdirectory("showtell-test-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_cache, recursive: true);

    [Fact]
    public async Task No_url_reaches_this_machine()
    {
        using var server = new TestServer(Answer);
        string port = new Uri(server.Url("/")).Port.ToString(System.Globalization.CultureInfo.InvariantCulture);
        using PictureDownloader downloader = Guarded(PublicAddress.Contains, IPAddress.Loopback);
        List<string> reached = [];
        foreach (string url in s_urls.Append($"http://{new string('a', 70_000)}:PORT/x.gif"))
        {
            string refusal = await Failure(downloader, url.Replace("PORT", port, StringComparison.Ordinal));
            if (refusal is not ("not a public address" or "not a web address"))
            {
                reached.Add($"{url}: {refusal}");
            }
        }

        Assert.Empty(reached);
        Assert.InRange(s_urls.Length, 60, 200);
        Assert.Equal(0, server.Connections);
    }

    [Theory]
    [InlineData("http://127.0.0.1:PORT/x.gif", "not a public address")]
    [InlineData("//127.0.0.1:PORT/x.gif", "not a public address")]
    [InlineData("http://2130706433:PORT/x.gif", "not a public address")]
    [InlineData("http://[::ffff:127.0.0.1]:PORT/x.gif", "not a public address")]
    [InlineData("http://169.254.169.254/latest", "not a public address")]
    [InlineData("http://a@127.0.0.1:PORT/x.gif", "not a web address")]
    [InlineData("file:///etc/passwd", "not a web address")]
    [InlineData("ftp://127.0.0.1:PORT/x.gif", "not a web address")]
    [InlineData("gopher://127.0.0.1:PORT/", "not a web address")]
    [InlineData("data:image/gif;base64,R0lGODlhAQABAAAAACw=", "not a web address")]
    public async Task No_redirect_reaches_this_machine(string location, string expected)
    {
        using var inner = new TestServer(Answer);
        string port = new Uri(inner.Url("/")).Port.ToString(System.Globalization.CultureInfo.InvariantCulture);
        using TcpListener listener = Public(
            TestServer.Redirect(location.Replace("PORT", port, StringComparison.Ordinal)), out int publicPort);
        using PictureDownloader downloader = Guarded(IsPublic, IPAddress.Loopback);
        Assert.Equal(expected, await Failure(downloader, $"http://127.0.0.2:{publicPort}/x.gif"));
        Assert.Equal(0, inner.Connections);
    }

    /// <summary>A name that has a public address at first, and that of this machine when it is asked again.</summary>
    [Fact]
    public async Task A_name_that_changes_its_address_does_not_reach_this_machine()
    {
        using var inner = new TestServer(Answer);
        int port = new Uri(inner.Url("/")).Port;
        byte[] answer = TestServer.Redirect($"http://rebind.test:{port}/x.gif");
        using TcpListener listener = Public(answer, out int publicPort);
        int asked = 0;
        using var downloader = new PictureDownloader(
            _cache,
            IsPublic,
            (_, _) => Task.FromResult(new[] { asked++ == 0 ? IPAddress.Parse("127.0.0.2") : IPAddress.Loopback }));
        Assert.Equal("not a public address", await Failure(downloader, $"http://rebind.test:{publicPort}/x.gif"));
        Assert.Equal(2, asked);
        Assert.Equal(0, inner.Connections);
    }

    /// <summary>Of several addresses of a name, only public ones are connected to, even if those do not
    /// answer.</summary>
    [Fact]
    public async Task A_name_with_both_kinds_of_address_does_not_reach_this_machine()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux answers on all of 127.0.0.0/8 by itself.");
        using var inner = new TestServer(Answer);
        using PictureDownloader downloader = Guarded(IsPublic, IPAddress.Loopback, IPAddress.Parse("127.0.0.2"));
        int port = new Uri(inner.Url("/")).Port;
        Assert.Equal("not reachable", await Failure(downloader, $"http://both.test:{port}/x.gif"));
        Assert.Equal(0, inner.Connections);
    }

    // 127.0.0.2 is the public host of these tests, 127.0.0.1 the private one.
    private static bool IsPublic(IPAddress address) =>
        address.Equals(IPAddress.Parse("127.0.0.2")) || PublicAddress.Contains(address);

    private static TcpListener Public(byte[] answer, out int port)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux answers on all of 127.0.0.0/8 by itself.");
        var listener = new TcpListener(IPAddress.Parse("127.0.0.2"), 0);
        listener.Start();
        port = ((IPEndPoint)listener.LocalEndpoint).Port;
        _ = Task.Run(async () =>
        {
            using TcpClient client = await listener.AcceptTcpClientAsync(Token);
            await client.GetStream().WriteAsync(answer, Token);
        }, Token);
        return listener;
    }

    private static Task Answer(string path, NetworkStream stream, CancellationToken stop) =>
        stream.WriteAsync(TestServer.Photo(TestPictures.Gif), stop).AsTask();

    private static async Task<string> Failure(PictureDownloader downloader, string url) =>
        (await Assert.ThrowsAsync<DataException>(() => downloader.GetAsync(url, Token))).Message;

    private PictureDownloader Guarded(Func<IPAddress, bool> isAllowed, params IPAddress[] addresses) =>
        new(_cache, isAllowed, (_, _) => Task.FromResult(addresses)) { Timeout = TimeSpan.FromSeconds(5) };
}
