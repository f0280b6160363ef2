// libtorch has one random generator and one thread count in a process.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
