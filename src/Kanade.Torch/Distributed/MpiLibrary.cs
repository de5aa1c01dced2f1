using System.Runtime.InteropServices;
using System.Text;

namespace Kanade.Torch;

/// <summary>
/// libmpi by its C interface, of Open MPI or of MPICH and its kin. Their handles differ: Open MPI's are addresses of exported objects, MPICH's are
/// numbers. Nothing is loaded before <see cref="Open"/>. An error within MPI ends the process with MPI's own message, as MPI does by default.
/// </summary>
sealed unsafe partial class MpiLibrary
{
    const int RtldNow = 2, RtldGlobal = 0x100;
    const int Serialized = 2;
    const int LongestVersion = 8192; // MPI_MAX_LIBRARY_VERSION_STRING is at most that

    static readonly string[] OpenMpiFiles = ["libmpi.so.40", "libmpi.so.20"], MpichFiles = ["libmpich.so.12", "libmpi.so.12"];

    readonly nint _library;
    readonly bool _isOpenMpi;

    MpiLibrary(string file, nint library)
    {
        (File, _library) = (file, library);
        _isOpenMpi = NativeLibrary.TryGetExport(library, "ompi_mpi_comm_world", out _);
        World = Handle("ompi_mpi_comm_world", 0x44000000);
        Float = Handle("ompi_mpi_float", 0x4c00040a);
        Double = Handle("ompi_mpi_double", 0x4c00080b);
        Byte = Handle("ompi_mpi_byte", 0x4c00010d);
        Sum = Handle("ompi_mpi_op_sum", 0x58000003);
        InPlace = _isOpenMpi ? 1 : -1;
        AllReduce = (delegate* unmanaged<nint, nint, int, nint, nint, nint, int>)Function("MPI_Allreduce");
        Broadcast = (delegate* unmanaged<nint, int, nint, int, nint, int>)Function("MPI_Bcast");
        Barrier = (delegate* unmanaged<nint, int>)Function("MPI_Barrier");
        Abort = (delegate* unmanaged<nint, int, int>)Function("MPI_Abort");
        Leave = (delegate* unmanaged<int>)Function("MPI_Finalize");
    }

    /// <summary>The file that was found.</summary>
    public string File { get; }

    public nint World { get; }

    public nint Float { get; }

    public nint Double { get; }

    public nint Byte { get; }

    public nint Sum { get; }

    public nint InPlace { get; }

    public delegate* unmanaged<nint, nint, int, nint, nint, nint, int> AllReduce { get; }

    public delegate* unmanaged<nint, int, nint, int, nint, int> Broadcast { get; }

    public delegate* unmanaged<nint, int> Barrier { get; }

    public delegate* unmanaged<nint, int, int> Abort { get; }

    public delegate* unmanaged<int> Leave { get; }

    /// <summary>Loads the library of a launcher; that of another could not find its processes.</summary>
    /// <param name="launcher">As <see cref="LaunchedProcess.Launcher"/>; any other text for whichever is here.</param>
    /// <returns>Null where there is none.</returns>
    public static MpiLibrary? Open(string launcher)
    {
        string[] files = launcher switch
        {
            "Open MPI" => OpenMpiFiles,
            "MPICH" => MpichFiles,
            _ => [.. OpenMpiFiles, .. MpichFiles],
        };
        foreach (var file in files)
        {
            // Open MPI's plugins look for its symbols among the global ones, where NativeLibrary.Load does not put them.
            if (Load(file, RtldNow | RtldGlobal) is not 0 and var library)
                return new MpiLibrary(file, library);
        }
        return null;
    }

    /// <summary>Joins the processes of the launcher, one thread of each at a time.</summary>
    /// <returns>This process's rank and how many there are.</returns>
    public (int Rank, int World) Initialize()
    {
        int provided, rank, world;
        _ = ((delegate* unmanaged<nint, nint, int, int*, int>)Function("MPI_Init_thread"))(0, 0, Serialized, &provided);
        _ = ((delegate* unmanaged<nint, int*, int>)Function("MPI_Comm_rank"))(World, &rank);
        _ = ((delegate* unmanaged<nint, int*, int>)Function("MPI_Comm_size"))(World, &world);
        return (rank, world);
    }

    /// <summary>The library's name and version, one line; may be asked before <see cref="Initialize"/>.</summary>
    public string Version()
    {
        var text = new byte[LongestVersion];
        int length;
        fixed (byte* start = text)
            _ = ((delegate* unmanaged<byte*, int*, int>)Function("MPI_Get_library_version"))(start, &length);
        var line = Encoding.UTF8.GetString(text, 0, Math.Clamp(length, 0, text.Length)).TrimEnd('\0').Split('\n')[0];
        return string.Join(' ', line.Split(',')[0].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }

    nint Function(string name) => NativeLibrary.GetExport(_library, name);

    nint Handle(string openMpi, int mpich) => _isOpenMpi ? NativeLibrary.GetExport(_library, openMpi) : mpich;

    [LibraryImport("libc", EntryPoint = "dlopen", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint Load(string file, int flags);
}
