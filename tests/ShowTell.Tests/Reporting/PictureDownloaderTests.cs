using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using ShowTell.Reporting;
using Xunit;

namespace ShowTell.Tests.Reporting;

public sealed class PictureDownloaderTests : IDisposable
{
    private readonly string _cache = Directory.CreateTempSubdirectory("showtell-test-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_cache, recursive: true);

    [Fact]
    public async Task A_photo_is_fetched_once_and_then_comes_from_the_cache()
    {
        using var server = new TestServer((_, stream, stop) => Send(stream, TestServer.Photo(TestPictures.Gif), stop));
        using (PictureDownloader downloader = Unguarded())
        {
            Picture picture = await downloader.GetAsync(server.Url("/x.gif"), Token);
            Assert.Equal("image/gif", picture.MediaType);
            Assert.Equal(TestPictures.Gif, picture.Bytes.ToArray());
        }

        using (PictureDownloader downloader = Unguarded())
        {
            Assert.Equal(TestPictures.Gif, (await downloader.GetAsync(server.Url("/x.gif"), Token)).Bytes.ToArray());
        }

        Assert.Single(server.Requests);
        Assert.Single(Directory.GetFiles(_cache));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Private_addresses_are_allowed_only_on_request(bool allowPrivate)
    {
        using var server = new TestServer((_, stream, stop) => Send(stream, TestServer.Photo(TestPictures.Gif), stop));
        using var downloader = new PictureDownloader(_cache, allowPrivate);
        Task<Picture> download = downloader.GetAsync(server.Url("/x.gif"), Token);
        if (allowPrivate)
        {
            Assert.Equal(TestPictures.Gif, (await download).Bytes.ToArray());
        }
        else
        {
            Assert.Equal("not a public address", (await Assert.ThrowsAsync<DataException>(() => download)).Message);
        }

        Assert.Equal(allowPrivate ? 1 : 0, server.Connections);
    }

    [Fact]
    public async Task A_damaged_cache_is_fetched_again()
    {
        using var server = new TestServer((_, stream, stop) => Send(stream, TestServer.Photo(TestPictures.Gif), stop));
        using PictureDownloader downloader = Unguarded();
        await downloader.GetAsync(server.Url("/x.gif"), Token);
        File.WriteAllText(Assert.Single(Directory.GetFiles(_cache)), "scribble");
        Assert.Equal(TestPictures.Gif, (await downloader.GetAsync(server.Url("/x.gif"), Token)).Bytes.ToArray());
        Assert.Equal(2, server.Requests.Count);
    }

    [Fact]
    public async Task A_cache_that_cannot_be_written_stops_nothing()
    {
        using var server = new TestServer((_, stream, stop) => Send(stream, TestServer.Photo(TestPictures.Gif), stop));
        string occupied = Path.Combine(_cache, "file");
        File.WriteAllText(occupied, "no folder");
        using var downloader = new PictureDownloader(Path.Combine(occupied, "cache"), _ => true);
        Assert.Equal(TestPictures.Gif, (await downloader.GetAsync(server.Url("/x.gif"), Token)).Bytes.ToArray());
    }

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(303)]
    [InlineData(307)]
    [InlineData(308)]
    public async Task Redirects_are_followed(int status)
    {
        using var server = new TestServer((path, stream, stop) => Send(
            stream,
            path == "/a/start" ? TestServer.Redirect("../b/next?x=1", status)
                : path == "/b/next?x=1" ? TestServer.Redirect("/end.png")
                : TestServer.Photo(TestPictures.Png, "image/png"),
            stop));
        using PictureDownloader downloader = Unguarded();
        Assert.Equal("image/png", (await downloader.GetAsync(server.Url("/a/start"), Token)).MediaType);
        Assert.Equal(["/a/start", "/b/next?x=1", "/end.png"], server.Requests);
    }

    [Fact]
    public async Task Redirects_without_end_are_not()
    {
        using var server = new TestServer((path, stream, stop) => Send(stream, TestServer.Redirect(path + "x"), stop));
        using PictureDownloader downloader = Unguarded();
        Assert.Equal("too many redirects", await Failure(downloader, server.Url("/")));
        Assert.Equal(5, server.Requests.Count);
    }

    [Theory]
    [InlineData("ftp://127.0.0.1/x.gif")]
    [InlineData("file:///etc/passwd")]
    [InlineData("gopher://127.0.0.1/")]
    public async Task Redirects_to_other_protocols_are_refused(string location)
    {
        using var server = new TestServer((_, stream, stop) => Send(stream, TestServer.Redirect(location), stop));
        using PictureDownloader downloader = Unguarded();
        Assert.Equal("not a web address", await Failure(downloader, server.Url("/")));
    }

    [Theory]
    [InlineData("ftp://example.org/x.gif")]
    [InlineData("file:///etc/passwd")]
    [InlineData("x.gif")]
    [InlineData("")]
    public async Task Other_protocols_are_refused(string url)
    {
        using PictureDownloader downloader = Unguarded();
        Assert.Equal("not a web address", await Failure(downloader, url));
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("127.1")]
    [InlineData("2130706433")]
    [InlineData("0x7f000001")]
    [InlineData("localhost")]
    [InlineData("LocalHost")]
    [InlineData("0.0.0.0")]
    [InlineData("[::]")]
    [InlineData("[::1]")]
    [InlineData("[::ffff:127.0.0.1]")]
    [InlineData("[::ffff:7f00:1]")]
    [InlineData("10.0.0.1")]
    [InlineData("169.254.169.254")]
    [InlineData("192.168.1.1")]
    public async Task Hosts_that_are_not_public_are_refused_without_a_connection(string host)
    {
        using var server = new TestServer((_, stream, stop) => Send(stream, TestServer.Photo(TestPictures.Gif), stop));
        using var downloader = new PictureDownloader(_cache) { Timeout = TimeSpan.FromSeconds(5) };
        string url = server.Url("/x.gif").Replace("127.0.0.1", host, StringComparison.Ordinal);
        Assert.Equal("not a public address", await Failure(downloader, url));
        Assert.Equal(0, server.Connections);
    }

    [Fact]
    public async Task A_redirect_to_a_host_that_is_not_allowed_is_refused()
    {
        // 127.0.0.2 is the public host of this test, 127.0.0.1 the private one.
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux answers on all of 127.0.0.0/8 by itself.");
        using var inner = new TestServer((_, stream, stop) => Send(stream, TestServer.Photo(TestPictures.Gif), stop));
        using var listener = new TcpListener(IPAddress.Parse("127.0.0.2"), 0);
        listener.Start();
        _ = Task.Run(async () =>
        {
            using TcpClient client = await listener.AcceptTcpClientAsync(Token);
            await client.GetStream().WriteAsync(TestServer.Redirect(inner.Url("/secret.gif")), Token);
        }, Token);
        using var downloader = new PictureDownloader(_cache, address => !address.Equals(IPAddress.Loopback));
        string failure = await Failure(
            downloader, $"http://127.0.0.2:{((IPEndPoint)listener.LocalEndpoint).Port}/x.gif");
        Assert.Equal("not a public address", failure);
        Assert.Equal(0, inner.Connections);
    }

    [Theory]
    [InlineData("text/html", "<html>", "not a picture but text/html")]
    [InlineData("image/jpeg", "<html>", "not a picture")]
    [InlineData("image/svg+xml", "<svg xmlns=\"http://www.w3.org/2000/svg\"/>", "not a picture")]
    [InlineData("application/octet-stream", "", "not a picture")]
    public async Task What_is_no_photo_is_refused_whatever_it_claims(string type, string body, string expected)
    {
        using var server = new TestServer(
            (_, stream, stop) => Send(stream, TestServer.Photo(Encoding.UTF8.GetBytes(body), type), stop));
        using PictureDownloader downloader = Unguarded();
        Assert.Equal(expected, await Failure(downloader, server.Url("/x.jpg")));
        Assert.Empty(Directory.GetFiles(_cache));
    }

    [Fact]
    public async Task A_photo_without_a_type_is_told_by_its_content()
    {
        using var server = new TestServer((_, stream, stop) => Send(
            stream,
            TestServer.Response("200 OK", $"Content-Length: {TestPictures.Gif.Length}\r\n", TestPictures.Gif),
            stop));
        using PictureDownloader downloader = Unguarded();
        Picture picture = await downloader.GetAsync(server.Url("/x"), Token);
        Assert.Equal("image/gif", picture.MediaType);
        Assert.Equal(TestPictures.Gif, picture.Bytes.ToArray());
    }

    [Fact]
    public void The_cache_is_the_users_unless_another_is_given()
    {
        using var downloader = new PictureDownloader();
        Assert.EndsWith(Path.Combine("showtell", "pictures"), downloader.CacheFolder, StringComparison.Ordinal);
        if (OperatingSystem.IsLinux())
        {
            string? caches = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
            Assert.StartsWith(
                string.IsNullOrEmpty(caches)
                    ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache")
                    : Path.GetFullPath(caches),
                downloader.CacheFolder, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_dead_link_says_what_the_server_said()
    {
        using var server = new TestServer(
            (_, stream, stop) => Send(stream, TestServer.Response("404 Not Found", "Content-Length: 0\r\n"), stop));
        using PictureDownloader downloader = Unguarded();
        Assert.Equal("HTTP status 404", await Failure(downloader, server.Url("/x.jpg")));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_response_that_is_too_long_is_not_read_to_its_end(bool saysLength)
    {
        long sent = 0;
        using var server = new TestServer(async (_, stream, stop) =>
        {
            string length = saysLength ? "Content-Length: 1000000000\r\n" : "";
            await Send(
                stream, TestServer.Response("200 OK", $"Content-Type: image/gif\r\n{length}", TestPictures.Gif), stop);
            for (byte[] chunk = new byte[1 << 16]; sent < 1_000_000_000; sent += chunk.Length)
            {
                await stream.WriteAsync(chunk, stop);
            }
        });
        using PictureDownloader downloader = new(_cache, _ => true) { MaxBytes = 100_000 };
        Assert.Equal("larger than 100,000 bytes", await Failure(downloader, server.Url("/x.gif")));
        Assert.InRange(Interlocked.Read(ref sent), 0, 100_000_000);
    }

    [Fact]
    public async Task A_response_that_breaks_off_is_no_picture()
    {
        using var server = new TestServer((_, stream, stop) => Send(
            stream,
            TestServer.Response("200 OK", "Content-Type: image/gif\r\nContent-Length: 5000\r\n", TestPictures.Gif),
            stop));
        using PictureDownloader downloader = Unguarded();
        Assert.Equal("not reachable", await Failure(downloader, server.Url("/x.gif")));
        Assert.Empty(Directory.GetFiles(_cache));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_slow_server_is_left_in_time(bool dripsBody)
    {
        using var server = new TestServer(async (_, stream, stop) =>
        {
            if (dripsBody)
            {
                await Send(
                    stream, TestServer.Response("200 OK", "Content-Type: image/gif\r\nContent-Length: 1000\r\n"), stop);
            }

            while (true)
            {
                await Task.Delay(50, stop);
                await stream.WriteAsync("x"u8.ToArray(), stop);
            }
        });
        using var downloader = new PictureDownloader(_cache, _ => true) { Timeout = TimeSpan.FromSeconds(0.5) };
        var watch = Stopwatch.StartNew();
        Assert.Equal("no answer in 0.5 s", await Failure(downloader, server.Url("/x.gif")));
        Assert.InRange(watch.Elapsed.TotalSeconds, 0.4, 5);
    }

    [Fact]
    public async Task A_host_that_never_answers_is_given_up_and_one_that_answers_is_not()
    {
        using var silent = new TestServer((_, _, stop) => Task.Delay(-1, stop));
        using var gone = new TestServer(
            (_, stream, stop) => Send(stream, TestServer.Response("404 Not Found", "Content-Length: 0\r\n"), stop));
        using var downloader = new PictureDownloader(_cache, _ => true) { Timeout = TimeSpan.FromSeconds(0.3) };
        for (int i = 0; i < 5; i++)
        {
            Assert.Equal(
                i < 3 ? "no answer in 0.3 s" : "host does not answer",
                await Failure(downloader, silent.Url($"/{i}.gif")));
            Assert.Equal("HTTP status 404", await Failure(downloader, gone.Url($"/{i}.gif")));
        }

        Assert.Equal(3, silent.Requests.Count);
    }

    [Fact]
    public async Task Cancelling_is_no_failure_of_the_link()
    {
        using var server = new TestServer((_, _, stop) => Task.Delay(-1, stop));
        using PictureDownloader downloader = Unguarded();
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);
        cancel.CancelAfter(200);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => downloader.GetAsync(server.Url("/x.gif"), cancel.Token));
    }

    [Theory]
    [InlineData("8.8.8.8", true)]
    [InlineData("172.15.255.255", true)]
    [InlineData("172.32.0.0", true)]
    [InlineData("100.63.255.255", true)]
    [InlineData("223.255.255.255", true)]
    [InlineData("2606:4700::1111", true)]
    [InlineData("::ffff:8.8.8.8", true)]
    [InlineData("0.1.2.3", false)]
    [InlineData("10.255.255.255", false)]
    [InlineData("100.64.0.1", false)]
    [InlineData("127.255.255.254", false)]
    [InlineData("169.254.169.254", false)]
    [InlineData("172.16.0.1", false)]
    [InlineData("172.31.255.255", false)]
    [InlineData("192.168.0.1", false)]
    [InlineData("198.19.0.1", false)]
    [InlineData("224.0.0.1", false)]
    [InlineData("255.255.255.255", false)]
    [InlineData("::", false)]
    [InlineData("::1", false)]
    [InlineData("::127.0.0.1", false)]
    [InlineData("::ffff:10.0.0.1", false)]
    [InlineData("64:ff9b::10.0.0.1", false)]
    [InlineData("fc00::1", false)]
    [InlineData("fd12:3456::1", false)]
    [InlineData("fe80::1", false)]
    [InlineData("fe80::1%1", false)]
    [InlineData("fec0::1", false)]
    [InlineData("ff02::1", false)]
    [InlineData("2001::1", false)]
    [InlineData("2001:db8::1", false)]
    [InlineData("2002:7f00:1::", false)]
    public void Special_addresses_are_not_public(string address, bool isPublic) =>
        Assert.Equal(isPublic, PublicAddress.Contains(IPAddress.Parse(address)));

    private static async Task Send(NetworkStream stream, byte[] bytes, CancellationToken stop) =>
        await stream.WriteAsync(bytes, stop);

    private static async Task<string> Failure(PictureDownloader downloader, string url) =>
        (await Assert.ThrowsAsync<DataException>(() => downloader.GetAsync(url, Token))).Message;

    private PictureDownloader Unguarded() => new(_cache, _ => true) { Timeout = TimeSpan.FromSeconds(20) };
}
