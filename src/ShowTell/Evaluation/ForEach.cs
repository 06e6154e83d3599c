using ShowTell.Numerics;

namespace ShowTell.Evaluation;

/// <summary>
/// Does something for every image on all threads; each call writes only to what belongs to its image.
/// </summary>
internal static class ForEach
{
    private const int MostParts = 512;

    public static void Run(int count, Action<int> action) =>
        Workers.Run(new Job(count, action), Math.Min(count, MostParts));

    private sealed class Job(int count, Action<int> action) : WorkerJob
    {
        public override void Run(int part)
        {
            (int start, int end) = Share(count, part, Math.Min(count, MostParts));
            for (int i = start; i < end; i++)
            {
                action(i);
            }
        }
    }
}
