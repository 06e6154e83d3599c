using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ShowTell.Tests.Reporting;

/// <summary>A web server on the loopback that answers as badly as a test wants.</summary>
internal sealed class TestServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Func<string, NetworkStream, CancellationToken, Task> _answer;
    private readonly CancellationTokenSource _stop = new();

    /// <summary>Starts a server.</summary>
    /// <param name="answer">Given a request's path, writes the whole response.</param>
    public TestServer(Func<string, NetworkStream, CancellationToken, Task> answer)
    {
        _answer = answer;
        _listener.Start();
        _ = AcceptAsync();
    }

    public ConcurrentQueue<string> Requests { get; } = new();

    public int Connections { get; private set; }

    public string Url(string path) => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}{path}";

    public static byte[] Response(string status, string headers, byte[]? body = null) =>
        [.. Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\nConnection: close\r\n{headers}\r\n"), .. body ?? []];

    public static byte[] Photo(byte[] body, string type = "image/gif") =>
        Response("200 OK", $"Content-Type: {type}\r\nContent-Length: {body.Length}\r\n", body);

    public static byte[] Redirect(string location, int status = 302) =>
        Response($"{status} Elsewhere", $"Location: {location}\r\nContent-Length: 0\r\n");

    public void Dispose()
    {
        _stop.Cancel();
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                TcpClient client = await _listener.AcceptTcpClientAsync(_stop.Token);
                Connections++;
                _ = ServeAsync(client, _stop.Token);
            }
        }
        catch (Exception error) when (error is OperationCanceledException or ObjectDisposedException or SocketException)
        {
        }
    }

    private async Task ServeAsync(TcpClient client, CancellationToken stop)
    {
        using (client)
        {
            try
            {
                using NetworkStream stream = client.GetStream();
                using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
                string path = (await reader.ReadLineAsync(stop))!.Split(' ')[1];
                while (await reader.ReadLineAsync(stop) is { Length: > 0 })
                {
                }

                Requests.Enqueue(path);
                await _answer(path, stream, stop);
            }
            catch (Exception error) when (error is IOException or OperationCanceledException or NullReferenceException)
            {
                // The downloader hung up, as some tests mean it to.
            }
        }
    }
}
