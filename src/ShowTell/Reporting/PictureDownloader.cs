using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using ShowTell.Files;
using static System.FormattableString;

namespace ShowTell.Reporting;

/// <summary>
/// Downloads photos from untrusted URLs: only http and https, only from public addresses, only photos, with limits on
/// time and size. Downloads are cached on disk. Thread-safe.
/// </summary>
public sealed class PictureDownloader : IDisposable
{
    private const int MaxRedirects = 4;

    /// <summary>The number of consecutive failures after which a host is not asked again.</summary>
    private const int MaxFailures = 3;

    private readonly HttpClient _client;
    private readonly Func<IPAddress, bool> _isAllowed;
    private readonly Func<string, CancellationToken, Task<IPAddress[]>> _resolve;
    private readonly ConcurrentDictionary<string, int> _failures = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Creates a downloader.</summary>
    /// <param name="cacheFolder">The cache; by default a folder in the user's cache folder.</param>
    /// <param name="allowPrivate">Whether private, loopback and link-local addresses are allowed too; default no: URLs
    /// of a dataset could reach services of this machine's network.</param>
    public PictureDownloader(string? cacheFolder = null, bool allowPrivate = false)
        : this(cacheFolder ?? UserCacheFolder(), allowPrivate ? _ => true : PublicAddress.Contains)
    {
    }

    /// <summary>For tests, whose servers have no public address, and no name.</summary>
    internal PictureDownloader(
        string cacheFolder,
        Func<IPAddress, bool> isAllowed,
        Func<string, CancellationToken, Task<IPAddress[]>>? resolve = null)
    {
        CacheFolder = Path.GetFullPath(cacheFolder);
        (_isAllowed, _resolve) = (isAllowed, resolve ?? Dns.GetHostAddressesAsync);

        // No proxy: it would resolve names itself, and the address checked would be the proxy's.
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            ConnectCallback = ConnectAsync,
            ConnectTimeout = TimeSpan.FromSeconds(30),
        };
        _client = new HttpClient(handler) { Timeout = System.Threading.Timeout.InfiniteTimeSpan };
        _client.DefaultRequestHeaders.UserAgent.ParseAdd("ShowTell/0.1");
        _client.DefaultRequestHeaders.Accept.ParseAdd("image/jpeg, image/png, image/webp, image/gif, image/bmp");
    }

    /// <summary>The cache of downloaded photos.</summary>
    public string CacheFolder { get; }

    /// <summary>The time limit for a picture, DNS lookup included; 10 seconds by default.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The maximum size of a response in bytes; <see cref="Picture.MaxBytes"/> by default.</summary>
    public int MaxBytes { get; init; } = Picture.MaxBytes;

    /// <summary>Gets a photo, from the cache if possible.</summary>
    /// <exception cref="DataException">The photo is not available; the message is the reason in a few words.
    /// </exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was requested.</exception>
    public async Task<Picture> GetAsync(string url, CancellationToken cancellation = default)
    {
        Uri address = Check(url, null);
        byte[] key = SHA256.HashData(Encoding.UTF8.GetBytes(address.AbsoluteUri));
        string cached = Path.Combine(CacheFolder, Convert.ToHexStringLower(key));
        if (TryReadCached(cached) is { } hit)
        {
            return hit;
        }

        if (_failures.GetValueOrDefault(address.Authority) >= MaxFailures)
        {
            throw new DataException("host does not answer");
        }

        byte[] bytes = await FetchInTimeAsync(address, cancellation).ConfigureAwait(false);
        if (!Picture.TryFromPhoto(bytes, out Picture? picture))
        {
            throw new DataException("not a picture");
        }

        TryCache(cached, bytes);
        return picture;
    }

    /// <summary>Closes the connections.</summary>
    public void Dispose() => _client.Dispose();

    private static string UserCacheFolder()
    {
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        string caches = OperatingSystem.IsWindows()
            ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
            : OperatingSystem.IsMacOS() ? Path.Combine(home, "Library", "Caches")
            : Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } folder ? folder
            : Path.Combine(home, ".cache");
        return Path.Combine(caches, "showtell", "pictures");
    }

    /// <summary>Parses an http or https URL, which may be relative to the one that redirected to it.</summary>
    private static Uri Check(string url, Uri? from)
    {
        bool isUrl = from is null
            ? Uri.TryCreate(url, UriKind.Absolute, out Uri? address)
            : Uri.TryCreate(from, url, out address);

        // A user name serves only to make a host look like another.
        return isUrl && address!.Scheme is "http" or "https" && address.UserInfo.Length == 0
            ? address
            : throw new DataException("not a web address");
    }

    /// <summary>
    /// Downloads within the time limit. A host that fails repeatedly is given up, so that a page does not wait for each
    /// of its pictures.
    /// </summary>
    private async Task<byte[]> FetchInTimeAsync(Uri address, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Timeout);
        try
        {
            byte[] bytes = await FetchAsync(address, limit.Token).ConfigureAwait(false);
            _failures[address.Authority] = 0;
            return bytes;
        }
        catch (HttpRequestException error) when (error.InnerException is DataException refusal)
        {
            throw new DataException(refusal.Message, error);
        }
        catch (Exception error) when (error is HttpRequestException or IOException
            || (error is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            _failures.AddOrUpdate(address.Authority, 1, (_, count) => count + 1);
            throw new DataException(
                error is OperationCanceledException
                    ? Invariant($"no answer in {Timeout.TotalSeconds:0.#} s")
                    : "not reachable",
                error);
        }
    }

    private async Task<byte[]> FetchAsync(Uri address, CancellationToken cancellation)
    {
        for (int redirects = 0; redirects <= MaxRedirects; redirects++)
        {
            using HttpResponseMessage response = await _client
                .GetAsync(address, HttpCompletionOption.ResponseHeadersRead, cancellation).ConfigureAwait(false);
            if ((int)response.StatusCode is 301 or 302 or 303 or 307 or 308
                && response.Headers.Location is { } location)
            {
                address = Check(location.OriginalString, address);
                continue;
            }

            return response.IsSuccessStatusCode
                ? await ReadAsync(response, cancellation).ConfigureAwait(false)
                : throw new DataException($"HTTP status {(int)response.StatusCode}");
        }

        throw new DataException("too many redirects");
    }

    private async Task<byte[]> ReadAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        if (response.Content.Headers.ContentType?.MediaType is { } type
            && !type.StartsWith("image/", StringComparison.OrdinalIgnoreCase)
            && type is not "application/octet-stream" and not "binary/octet-stream")
        {
            throw new DataException($"not a picture but {type}");
        }

        try
        {
            await response.Content.LoadIntoBufferAsync(MaxBytes, cancellation).ConfigureAwait(false);
        }
        catch (HttpRequestException error) when (error.HttpRequestError == HttpRequestError.ConfigurationLimitExceeded)
        {
            throw new DataException(Invariant($"larger than {MaxBytes:N0} bytes"), error);
        }

        return await response.Content.ReadAsByteArrayAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>
    /// Connects to a public address. The check is made here, of the very addresses that are connected to: a name that
    /// resolves to another address a moment later gains nothing.
    /// </summary>
    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        IPAddress[] addresses = IPAddress.TryParse(context.DnsEndPoint.Host, out IPAddress? literal)
            ? [literal]
            : await _resolve(context.DnsEndPoint.Host, cancellation).ConfigureAwait(false);
        IPAddress[] allowed = Array.FindAll(addresses, address => _isAllowed(address));
        if (allowed.Length == 0)
        {
            throw new DataException("not a public address");
        }

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(allowed, context.DnsEndPoint.Port, cancellation).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static Picture? TryReadCached(string path)
    {
        try
        {
            return File.Exists(path) ? PictureFolder.Read(path) : null;
        }
        catch (DataException)
        {
            return null;
        }
    }

    // The cache is optional.
    private static void TryCache(string path, byte[] bytes)
    {
        try
        {
            AtomicFile.Write(path, stream => stream.Write(bytes));
        }
        catch (ShowTellException)
        {
        }
    }
}
