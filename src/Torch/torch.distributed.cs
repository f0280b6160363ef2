namespace DataPipeline.Torch;

public static unsafe partial class torch
{
    /// <summary>Exchange between processes, under the names of PyTorch. Tensors in main memory go through gloo, those on cards through NCCL where libtorch and its headers have it, else through main memory.</summary>
    public static class distributed
    {
        private const int Gloo = 1, Nccl = 2;
        private static ProcessGroup? group;

        /// <summary>Whether process groups were built in: they need gloo's headers.</summary>
        public static bool is_available() => (Native.dp_distributed_backends() & Gloo) != 0;

        /// <summary>Whether NCCL was built in.</summary>
        public static bool is_nccl_available() => (Native.dp_distributed_backends() & Nccl) != 0;

        /// <summary>Whether <see cref="init_process_group"/> was called and <see cref="destroy_process_group"/> was not.</summary>
        public static bool is_initialized() => group is not null;

        /// <summary>Joins the group of all processes and makes it the one that every other call means; returns when all are there.</summary>
        /// <param name="store">Where the processes find each other.</param>
        /// <param name="rank">Number of this process, from 0.</param>
        /// <param name="world_size">Number of processes.</param>
        /// <param name="timeout">How long a call waits for the other processes.</param>
        /// <param name="address">Address by which the others reach this host.</param>
        /// <param name="nccl">Whether tensors on cards are to go through NCCL; each process needs a card of its own then.</param>
        /// <exception cref="Core.MissingPartException">Process groups are not built in.</exception>
        /// <exception cref="TorchException">Not all processes came in time.</exception>
        public static ProcessGroup init_process_group(TCPStore store, int rank, int world_size, TimeSpan timeout, string address = "127.0.0.1", bool nccl = false)
        {
            if (group is not null) throw new InvalidOperationException("there is a process group already: call destroy_process_group first");
            nint handle = Native.dp_group_new(store.Handle, rank, world_size, (long)timeout.TotalMilliseconds, address, nccl ? Gloo | Nccl : Gloo);
            return group = handle == 0 ? throw new TorchException(Native.LastError()) : new ProcessGroup(handle, rank, world_size);
        }

        /// <summary>Number of this process.</summary>
        public static int get_rank() => Group.Rank;

        /// <summary>Number of processes.</summary>
        public static int get_world_size() => Group.Size;

        /// <summary>Makes a tensor the sum (or another reduction) of those of all processes: the same bits in each.</summary>
        public static void all_reduce(Tensor tensor, ReduceOp op = ReduceOp.SUM) => Native.Check(Native.dp_all_reduce(Group.Handle, Group.Count(tensor), (int)op));

        /// <summary>Makes a tensor that of the process `src`.</summary>
        public static void broadcast(Tensor tensor, int src) => Native.Check(Native.dp_broadcast(Group.Handle, Group.Count(tensor), src));

        /// <summary>Fills a list with the tensors of all processes, by rank; all have one shape.</summary>
        public static void all_gather(ReadOnlySpan<Tensor> tensor_list, Tensor tensor)
        {
            if (tensor_list.Length != Group.Size) throw new ArgumentException($"{tensor_list.Length} tensors for {Group.Size} processes", nameof(tensor_list));
            nint* handles = stackalloc nint[tensor_list.Length];
            for (int i = 0; i < tensor_list.Length; i++) handles[i] = tensor_list[i].Handle;
            Native.Check(Native.dp_all_gather(Group.Handle, handles, tensor_list.Length, Group.Count(tensor)));
        }

        /// <summary>Sends a tensor to the process `dst`, which calls <see cref="recv"/>.</summary>
        public static void send(Tensor tensor, int dst) => Native.Check(Native.dp_send(Group.Handle, Group.Count(tensor), dst));

        /// <summary>Fills a tensor with one that the process `src` sends.</summary>
        public static void recv(Tensor tensor, int src) => Native.Check(Native.dp_recv(Group.Handle, Group.Count(tensor), src));

        /// <summary>Waits until all processes are here.</summary>
        public static void barrier() => Native.Check(Native.dp_barrier(Group.Handle));

        /// <summary>Leaves the group; the other processes get an error at their next call.</summary>
        public static void destroy_process_group()
        {
            group?.Dispose();
            group = null;
        }

        internal static ProcessGroup Group => group ?? throw new InvalidOperationException("there is no process group: call init_process_group first");

        internal static void RequireBackend()
        {
            if (!is_available())
                throw new Core.MissingPartException($"several processes need gloo's headers, which were not there (or did not fit this libtorch) when this was built. To mend it: {Native.InstallCommand} and build again");
        }
    }
}
