using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Torch;

/// <summary>
/// The processes of an MPI launcher, on one machine or several. Sums go over MPI_Allreduce from the tensor's own memory; a tensor on a GPU is
/// copied to the processor and back.
/// </summary>
public sealed unsafe class MpiProcessGroup : IProcessGroup
{
    const int LongestMessage = 1 << 28;

    readonly MpiLibrary _mpi;
    bool _ended;

    MpiProcessGroup(MpiLibrary mpi, int rank, int world) => (_mpi, Rank, World) = (mpi, rank, world);

    /// <inheritdoc/>
    public int Rank { get; }

    /// <inheritdoc/>
    public int World { get; }

    /// <summary>The group of a launched process; of one that nobody launched, or alone, a group of one, and MPI is not loaded.</summary>
    /// <exception cref="ProcessGroupException">There is no MPI library for this launcher, or it sees other processes than the launcher.</exception>
    public static IProcessGroup Join(LaunchedProcess process)
    {
        if (process.World == 1)
            return SingleProcess.Instance;
        var mpi = MpiLibrary.Open(process.Launcher)
            ?? throw new ProcessGroupException(
                $"{process.Launcher} started {process.World} processes, but its library libmpi is not to be found here: install {(process.Launcher == "MPICH" ? "libmpich12" : "openmpi-bin")}, or start one process without a launcher");
        var (rank, world) = mpi.Initialize();
        if (world != process.World)
            throw new ProcessGroupException(
                $"{process.Launcher} started {process.World} processes, but {mpi.File} sees {world}: launcher and library do not belong together (with Slurm: srun --mpi=pmix)");
        return new MpiProcessGroup(mpi, rank, world);
    }

    /// <summary>The MPI library that a process would join by, for people: version and file; null where there is none.</summary>
    public static string? Describe(LaunchedProcess process) => MpiLibrary.Open(process.Launcher) is { } mpi ? $"{mpi.Version()} ({mpi.File})" : null;

    /// <inheritdoc/>
    public void Sum(Tensor values)
    {
        if (values.device_type != DeviceType.CPU)
        {
            using var here = values.cpu();
            Sum(here);
            _ = values.copy_(here);
            return;
        }
        var (type, size) = values.dtype switch
        {
            ScalarType.Float32 => (_mpi.Float, sizeof(float)),
            ScalarType.Float64 => (_mpi.Double, sizeof(double)),
            _ => throw new ArgumentException($"no sum of {values.dtype}", nameof(values)),
        };
        var start = Aten.DataPointer(values);
        for (long done = 0, all = values.numel(); done < all; done += LongestMessage)
            Check(_mpi.AllReduce(_mpi.InPlace, start + (nint)(done * size), (int)Math.Min(LongestMessage, all - done), type, _mpi.Sum, _mpi.World));
    }

    /// <inheritdoc/>
    public void Sum(Span<double> values)
    {
        fixed (double* start = values)
            Check(_mpi.AllReduce(_mpi.InPlace, (nint)start, values.Length, _mpi.Double, _mpi.Sum, _mpi.World));
    }

    /// <inheritdoc/>
    public void Broadcast(Tensor values)
    {
        if (values.device_type != DeviceType.CPU)
        {
            using var here = values.cpu();
            Broadcast(here);
            _ = values.copy_(here);
            return;
        }
        Broadcast(Aten.DataPointer(values), values.numel() * values.element_size(), 0);
    }

    /// <inheritdoc/>
    public IReadOnlyList<byte[]> Gather(ReadOnlySpan<byte> own)
    {
        Span<double> lengths = stackalloc double[World];
        lengths[Rank] = own.Length;
        Sum(lengths);
        var all = new byte[World][];
        for (var rank = 0; rank < World; rank++)
        {
            all[rank] = rank == Rank ? own.ToArray() : new byte[(int)lengths[rank]];
            fixed (byte* start = all[rank])
                Broadcast((nint)start, all[rank].Length, rank);
        }
        return all;
    }

    /// <inheritdoc/>
    public void Barrier() => Check(_mpi.Barrier(_mpi.World));

    /// <inheritdoc/>
    public void Abort(int exitCode)
    {
        if (!_ended)
            _ = _mpi.Abort(_mpi.World, exitCode);
    }

    /// <summary>Leaves MPI, when all do.</summary>
    public void Dispose()
    {
        if (_ended)
            return;
        _ended = true;
        Check(_mpi.Leave());
    }

    void Broadcast(nint start, long bytes, int root)
    {
        for (long done = 0; done < bytes; done += LongestMessage)
            Check(_mpi.Broadcast(start + (nint)done, (int)Math.Min(LongestMessage, bytes - done), _mpi.Byte, root, _mpi.World));
    }

    static void Check(int result)
    {
        if (result != 0)
            throw new InvalidOperationException($"MPI error {result}");
    }
}
