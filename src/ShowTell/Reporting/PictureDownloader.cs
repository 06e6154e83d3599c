using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using ShowTell.Files;
using static System.FormattableString;

namespace ShowTell.Reporting;

/// <summary>
/// Photos from the web, for URLs that nobody vouches for: http and https alone, from public addresses alone, photos
/// alone, within limits of time and length. What was fetched once is kept on disk. Thread-safe.
/// </summary>
public sealed class PictureDownloader : IDisposable
{
    private const int MaximumRedirects = 4;

    /// <summary>How often in a row a host may fail to answer before it is no longer asked.</summary>
    private const int MaximumSilences = 3;

    private readonly HttpClient _client;
    private readonly Func<IPAddress, bool> _isAllowed;
    private readonly ConcurrentDictionary<string, int> _silences = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Makes a downloader.</summary>
    /// <param name="cacheFolder">Where fetched photos are kept; by default a folder among the user's caches.</param>
    public PictureDownloader(string? cacheFolder = null)
        : this(cacheFolder ?? UserCacheFolder(), PublicAddress.Contains)
    {
    }

    /// <summary>For tests, whose servers are on no public address.</summary>
    internal PictureDownloader(string cacheFolder, Func<IPAddress, bool> isAllowed)
    {
        CacheFolder = Path.GetFullPath(cacheFolder);
        _isAllowed = isAllowed;

        // A proxy would resolve names itself, and our check of the address would be of the proxy's.
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
        _client.DefaultRequestHeaders.Accept.ParseAdd("image/jpeg, image/png, image/gif, image/webp");
    }

    /// <summary>Where fetched photos are kept.</summary>
    public string CacheFolder { get; }

    /// <summary>Time for one picture, from looking up the host to the last byte. Default: 10 seconds.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The longest response that is read, in bytes. Default: <see cref="Picture.MaximumBytes"/>.</summary>
    public int MaximumBytes { get; init; } = Picture.MaximumBytes;

    /// <summary>Gets a photo, from the cache if it is there.</summary>
    /// <exception cref="DataException">The photo cannot be had; the message gives the
    /// reason in a few words.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was requested.</exception>
    public async Task<Picture> GetAsync(string url, CancellationToken cancellation = default)
    {
        Uri address = Check(url, null);
        byte[] key = SHA256.HashData(Encoding.UTF8.GetBytes(address.AbsoluteUri));
        string cached = Path.Combine(CacheFolder, Convert.ToHexStringLower(key));
        if (TryReadCached(cached) is { } kept)
        {
            return kept;
        }

        if (_silences.GetValueOrDefault(address.Authority) >= MaximumSilences)
        {
            throw new DataException("host does not answer");
        }

        byte[] bytes = await FetchInTimeAsync(address, cancellation).ConfigureAwait(false);
        if (!Picture.TryFromPhoto(bytes, out Picture? picture))
        {
            throw new DataException("not a picture");
        }

        TryKeep(cached, bytes);
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

    /// <summary>An address that may be asked, perhaps relative to the one that sent us there.</summary>
    private static Uri Check(string url, Uri? from)
    {
        bool isUrl = from is null
            ? Uri.TryCreate(url, UriKind.Absolute, out Uri? address)
            : Uri.TryCreate(from, url, out address);
        return isUrl && address!.Scheme is "http" or "https" ? address! : throw new DataException("not a web address");
    }

    /// <summary>
    /// Fetches within the time, and says in a few words why not. A host that did not answer a few times in a row is
    /// given up, so that no page waits for each of its pictures.
    /// </summary>
    private async Task<byte[]> FetchInTimeAsync(Uri address, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Timeout);
        try
        {
            byte[] bytes = await FetchAsync(address, limit.Token).ConfigureAwait(false);
            _silences[address.Authority] = 0;
            return bytes;
        }
        catch (HttpRequestException error) when (error.InnerException is DataException refusal)
        {
            throw new DataException(refusal.Message, error);
        }
        catch (Exception error) when (error is HttpRequestException or IOException
            || (error is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            _silences.AddOrUpdate(address.Authority, 1, (_, count) => count + 1);
            throw new DataException(
                error is OperationCanceledException
                    ? Invariant($"no answer in {Timeout.TotalSeconds:0.#} s")
                    : "not reachable",
                error);
        }
    }

    private async Task<byte[]> FetchAsync(Uri address, CancellationToken cancellation)
    {
        for (int redirects = 0; redirects <= MaximumRedirects; redirects++)
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
                : throw new DataException($"the server says {(int)response.StatusCode}");
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
            await response.Content.LoadIntoBufferAsync(MaximumBytes, cancellation).ConfigureAwait(false);
        }
        catch (HttpRequestException error) when (error.HttpRequestError == HttpRequestError.ConfigurationLimitExceeded)
        {
            throw new DataException(Invariant($"longer than {MaximumBytes:N0} bytes"), error);
        }

        return await response.Content.ReadAsByteArrayAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>
    /// Connects to an address that was checked. The check belongs here, after the name is resolved and with that very
    /// address: a name that resolves to something else a moment later gains nothing.
    /// </summary>
    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        IPAddress[] addresses = IPAddress.TryParse(context.DnsEndPoint.Host, out IPAddress? literal)
            ? [literal]
            : await Dns.GetHostAddressesAsync(context.DnsEndPoint.Host, cancellation).ConfigureAwait(false);
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

    // Without its cache a downloader works too, only slower.
    private static void TryKeep(string path, byte[] bytes)
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
