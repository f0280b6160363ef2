namespace DataPipeline.Bench;

/// <summary>The same work on the same bytes by several sides, in alternating runs. The first side is ours.</summary>
/// <param name="Name">What is done, on what.</param>
/// <param name="Bytes">Input bytes of one run, for MB/s.</param>
internal sealed record Contest(string Name, long Bytes)
{
    private readonly List<Entrant> _entrants = [];

    /// <summary>Adds a side of this program.</summary>
    /// <param name="name">Its name in the table.</param>
    /// <param name="arguments">For <see cref="Side.Prepare"/>.</param>
    public Contest Ours<TSide>(string name, params string[] arguments) where TSide : Side
    {
        _entrants.Add(new Entrant(name, null, () => new SideProcess(name, "dotnet",
            [typeof(Contest).Assembly.Location, "--side", typeof(TSide).Name, .. arguments], OneThread)));
        return this;
    }

    /// <summary>Adds a peer that this program runs, such as a native library.</summary>
    /// <param name="name">Its name and version in the table.</param>
    /// <param name="target">How many times faster the first side has to be; null if none was promised.</param>
    /// <param name="arguments">For <see cref="Side.Prepare"/>.</param>
    public Contest Against<TSide>(string name, double? target, params string[] arguments) where TSide : Side
    {
        Ours<TSide>(name, arguments);
        _entrants[^1] = _entrants[^1] with { Target = target };
        return this;
    }

    /// <summary>Adds a peer that is a program of its own and speaks the lines of <see cref="SideProcess"/>.</summary>
    public Contest AgainstProgram(string name, double? target, string program, params string[] arguments)
    {
        _entrants.Add(new Entrant(name, target, () => new SideProcess(name, program, arguments, OneThread)));
        return this;
    }

    /// <summary>Environment of all sides: one thread for libraries that would take more.</summary>
    private static IReadOnlyDictionary<string, string> OneThread { get; } = new Dictionary<string, string>
    {
        ["RAYON_NUM_THREADS"] = "1",
        ["TOKENIZERS_PARALLELISM"] = "false",
        ["OMP_NUM_THREADS"] = "1",
    };

    /// <summary>Runs each side once to warm up, unless one run is long enough to be its own, and then <paramref name="rounds"/> times, in turn.</summary>
    /// <exception cref="InvalidOperationException">Two sides gave different results: no speed is worth stating.</exception>
    public ContestResult Run(int rounds, bool warmUp = true)
    {
        List<SideProcess> sides = [];
        try
        {
            foreach (Entrant entrant in _entrants)
            {
                Console.Error.WriteLine($"  {Name}: {entrant.Name}");
                sides.Add(entrant.Start());
            }
            List<Timing>[] timings = [.. sides.Select(_ => new List<Timing>())];
            for (int round = warmUp ? -1 : 0; round < rounds; round++)
            {
                for (int i = 0; i < sides.Count; i++)
                {
                    Timing timing = sides[i].Run();
                    if (round >= 0)
                        timings[i].Add(timing);
                    if (timing.Digest is { } digest && timings[0].Count > 0 && timings[0][0].Digest is { } ours && ours != digest)
                        throw new InvalidOperationException($"{Name}: {sides[0].Name} gave {ours}, {sides[i].Name} gave {digest}");
                }
            }
            return new ContestResult(this, [.. sides.Select((side, i) => new SideResult(side.Name, _entrants[i].Target, timings[i], side.PeakBytes()))]);
        }
        finally
        {
            foreach (SideProcess side in sides)
                side.Dispose();
        }
    }

    private sealed record Entrant(string Name, double? Target, Func<SideProcess> Start);
}
