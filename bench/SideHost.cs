using System.Diagnostics;
using System.Text.Json;

namespace DataPipeline.Bench;

/// <summary>The child's end of <see cref="SideProcess"/>.</summary>
internal static class SideHost
{
    public static void Serve(string name, string[] arguments)
    {
        Type type = typeof(SideHost).Assembly.GetTypes().Single(type => type.IsSubclassOf(typeof(Side)) && type.Name == name);
        var side = (Side)Activator.CreateInstance(type)!;
        side.Prepare(arguments);
        Console.WriteLine("ready");
        while (Console.ReadLine() == "run")
        {
            GC.Collect();
            long start = Stopwatch.GetTimestamp();
            Outcome outcome = side.Run();
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            Console.WriteLine(JsonSerializer.Serialize(new { seconds, digest = outcome.Digest, figures = outcome.Figures }));
        }
    }
}
